"""One module or package per protocol, and the registry that names them. Never the store, alarms or Qt."""
