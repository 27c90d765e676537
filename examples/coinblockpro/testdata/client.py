"""Reads frames as a client written for the notebook's server does, with nothing
but the standard library: client.py REST_URL HOST:PORT FRAMES"""
import ast, base64, json, os, socket, sys, urllib.request

rest, address, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3])
with urllib.request.urlopen(rest + "/full_ticker") as answer:
    full = json.load(answer)["result"]
assert len(full) == 45 and all(type(price) is float for price in full.values()), full
with urllib.request.urlopen(rest + "/single_ticker?market=btc_ltc") as answer:
    single = json.load(answer)["result"]
assert list(single) == ["btc_ltc"], single

host, port = address.split(":")
sock = socket.create_connection((host, int(port)))
key = base64.b64encode(os.urandom(16)).decode()
sock.sendall((f"GET /ticker_feed HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
stream = sock.makefile("rb")
assert b" 101 " in stream.readline()
while stream.readline() != b"\r\n":
    pass
for _ in range(wanted):
    kind, length = stream.read(2)
    assert kind == 0x81, kind  # a whole text frame
    if length == 126:
        length = int.from_bytes(stream.read(2), "big")
    frame = ast.literal_eval(stream.read(length).decode())
    assert frame and type(frame) is dict, frame
    for market, price in frame.items():
        assert market in full and type(price) is float and price > 0, frame
print("read", wanted, "frames")
