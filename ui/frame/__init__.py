"""What stands round every page of the window: navigation, alarm bar, banner, dialogs, the panel of a point."""
