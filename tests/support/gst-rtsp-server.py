# An RTSP server of GStreamer's for tests: gst-rtsp-server.py '{"mounts": {"/cam": "( ... name=pay0 )"}, "digest": ["user", "password"]}'
# With "udp": true it sends datagrams alone. Serves on a free port of this machine and writes the port as its first line.
import json
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

Gst.init(None)
options = json.loads(sys.argv[1])
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")

if "digest" in options or "basic" in options:
    kind = "digest" if "digest" in options else "basic"
    user, password = options[kind]
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if kind == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)

mounts = server.get_mount_points()
for path, launch in options["mounts"].items():
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch)
    udp = options.get("udp", False)
    factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP if udp else GstRtsp.RTSPLowerTrans.TCP)
    if "digest" in options or "basic" in options:
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("viewer", "media.factory.access", True)
        permissions.add_permission_for_role("viewer", "media.factory.construct", True)
        factory.set_permissions(permissions)
    mounts.add_factory(path, factory)

server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
