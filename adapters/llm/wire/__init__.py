"""How requests and replies look on the wire of OpenAI and its compatible servers; no state, no sockets
but in `client`."""
