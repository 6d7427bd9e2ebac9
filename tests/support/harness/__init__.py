"""Real Envoys for tests: certificates, processes, traffic on loopback, and what their access logs say.

With the fixture `fleet` of `tests/envoy/conftest.py`:

    write_certificates(fleet.certs, {"dc1/default/web-sidecar-proxy": "spiffe://…/svc/web", …}, [authority])
    fleet.add_rendered(out)
    fleet.start()
    with echo_server("api", fleet.loopback.localhost("dc1/east/api-sidecar-proxy"), 9090):
        call = send(fleet.loopback.localhost("dc1/default/web-sidecar-proxy"), 10000, b"hello")
    assert call.data == b"api: hello"
    assert [hop.proxy for hop in fleet.hops(call)] == [...]

What runs is what was rendered, with its socket addresses moved (`loopback.py`) and nothing else changed.
"""
