"""What the app knows and shows, without Qt: frozen states and pure reducers."""
