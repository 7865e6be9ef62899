"""The people on duty: roster, log book, patrol, tickets, cleaning, handover, as rules without I/O. Decides no right."""
