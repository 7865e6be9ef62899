"""The change log as a record that cannot be quietly changed: signed heads, verification, questions, export."""
