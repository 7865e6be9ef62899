"""The people on duty as the station keeps them: one part an area, composed by care.py."""
