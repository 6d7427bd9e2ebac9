"""What becomes of the listeners of an API gateway (envoy-other-gateways.md 5.4–5.6, 7)."""

from __future__ import annotations

from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.api_gateway import APIGateway
from meshgw.entries.der import DerError
from meshgw.entries.file_system_certificate import FileSystemCertificate
from meshgw.resolve.api_gateway import server_names, shared_tls
from meshgw.snapshot.api_gateway_binding import BoundGateway, BoundListener


def _serving(gateway: BoundGateway) -> list[BoundListener]:
    """The listeners that are opened, by name."""
    found = [each for each in gateway.listeners if each.routes and not each.conflicted]
    return sorted(found, key=lambda listener: listener.settings.name)


@rule("api-gateway-port-shared", on=APIGateway)  # OG-W19, AE-21, AE-30
def api_gateway_port_shared(gateway: BoundGateway, report: Report) -> None:
    """Two listeners of an API gateway on one port.

    Consul makes both, under one name: the later one by name is served, with its routes and certificates,
    and the other is lost.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [
          { Name = "one", Port = 8080, Protocol = "http" },
          { Name = "two", Port = 8080, Protocol = "http" },
        ]

        == web.hcl ==
        Kind = "http-route"
        Name = "web"
        Rules = [{ Services = [{ Name = "web" }] }]
        Parents = [{ Name = "edge" }]

        == defaults.hcl ==
        Kind = "service-defaults"
        Name = "web"
        Protocol = "http"

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    last = {listener.settings.port: listener for listener in _serving(gateway)}
    for listener in _serving(gateway):
        other = last[listener.settings.port]
        if other is not listener:
            place = gateway.entry.locate(("Listeners", other.index, "Port"))
            report(
                f"listeners `{listener.settings.name}` and `{other.settings.name}` of API gateway "
                f"`{gateway.entry.name}` are both on port {listener.settings.port}",
                location=gateway.entry.locate(("Listeners", listener.index, "Port")),
                related=[Related(place, "the other listener")] if place is not None else (),
                note="of listeners of requests only the later one by name is served",
                help="give each a port of its own, or use one listener and the host names of routes",
            )


@rule("api-gateway-certificate-never-served", on=APIGateway)  # OG-W21, AE-31
def api_gateway_certificate_never_served(gateway: BoundGateway, report: Report) -> None:
    """A certificate of a listener with several that no client ever gets.

    With several certificates clients are told apart by the hosts of each: its common name, DNS names and IP
    addresses. Consul drops each host that occurs twice, and the usual certificate repeats its common name
    among its DNS names. Without any host left, clients get the gateway's own certificate of the mesh.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{
          Name     = "db"
          Port     = 5432
          Protocol = "tcp"
          TLS { Certificates = [{ Name = "one" }, { Name = "two" }] }
        }]

        == one.hcl ==
        Kind = "inline-certificate"
        Name = "one"
        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF
        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        EOF

        == two.hcl ==
        Kind = "inline-certificate"
        Name = "two"
        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF
        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        EOF

        == route.hcl ==
        Kind = "tcp-route"
        Name = "db"
        Services = [{ Name = "db" }]
        Parents = [{ Name = "edge" }]

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    for listener in _serving(gateway):
        certificates = listener.certificates
        if len(certificates) < 2:
            continue
        try:
            names = server_names(certificates)
        except DerError:
            continue  # certificate-malformed has said so
        for number, (certificate, own) in enumerate(zip(certificates, names, strict=True)):
            if own == ():
                report(
                    f"no client of listener `{listener.settings.name}` ever gets certificate "
                    f"`{certificate.name}`",
                    location=gateway.entry.locate(
                        ("Listeners", listener.index, "TLS", "Certificates", number)
                    ),
                    note="each of its hosts occurs twice, in it or in another certificate of the listener",
                    help="issue it with a common name that is none of its DNS names, or use more listeners",
                )


@rule("api-gateway-file-certificate-not-alone", on=APIGateway)  # OG-W22, AE-33
def api_gateway_file_certificate_not_alone(gateway: BoundGateway, report: Report) -> None:
    """A certificate in files beside another one on a listener.

    Consul does not read the files, so it cannot tell for whom the certificate is: it makes two filter
    chains for every client, and Envoy refuses the listener.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{
          Name     = "db"
          Port     = 5432
          Protocol = "tcp"
          TLS {
            Certificates = [
              { Kind = "file-system-certificate", Name = "one" },
              { Kind = "file-system-certificate", Name = "two" },
            ]
          }
        }]

        == one.hcl ==
        Kind = "file-system-certificate"
        Name = "one"
        Certificate = "/etc/ssl/one.pem"
        PrivateKey = "/etc/ssl/one.key"

        == two.hcl ==
        Kind = "file-system-certificate"
        Name = "two"
        Certificate = "/etc/ssl/two.pem"
        PrivateKey = "/etc/ssl/two.key"

        == route.hcl ==
        Kind = "tcp-route"
        Name = "db"
        Services = [{ Name = "db" }]
        Parents = [{ Name = "edge" }]

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    for listener in _serving(gateway):
        files = [
            number
            for number, each in enumerate(listener.certificates)
            if isinstance(each, FileSystemCertificate)
        ]
        if files and len(listener.certificates) > 1:
            name = listener.certificates[files[0]].name
            report(
                f"listener `{listener.settings.name}` has a certificate in files, `{name}`, beside others",
                location=gateway.entry.locate(("Listeners", listener.index, "TLS", "Certificates", files[0])),
                note="Envoy refuses the listener: two filter chains have the same match",
                help="use a listener for each certificate, or inline certificates",
            )


@rule("api-gateway-tls-leaks", on=APIGateway, severity="warning")  # OG-W23, AE-36
def api_gateway_tls_leaks(gateway: BoundGateway, report: Report) -> None:
    """TLS versions or cipher suites of a listener that other listeners of the gateway decide.

    Consul collects them in one set for all listeners that have certificates: the first that sets one sets
    it for the others too. Which is first is a matter of chance; meshgw takes them by name.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [
          {
            Name     = "new"
            Port     = 5432
            Protocol = "tcp"
            TLS { MinVersion = "TLSv1_3", Certificates = [{ Kind = "file-system-certificate", Name = "c" }] }
          },
          {
            Name     = "old"
            Port     = 5433
            Protocol = "tcp"
            TLS { MinVersion = "TLSv1_2", Certificates = [{ Kind = "file-system-certificate", Name = "c" }] }
          },
        ]

        == certificate.hcl ==
        Kind = "file-system-certificate"
        Name = "c"
        Certificate = "/etc/ssl/c.pem"
        PrivateKey = "/etc/ssl/c.key"

        == route.hcl ==
        Kind = "tcp-route"
        Name = "db"
        Services = [{ Name = "db" }]
        Parents = [{ Name = "edge" }]

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    listeners = [listener for listener in _serving(gateway) if listener.certificates]
    merged = shared_tls(listener.settings for listener in listeners)
    for listener in listeners:
        own, found = listener.settings.tls, merged[listener.settings.name]
        if any(
            getattr(own, field) != getattr(found, field)
            for field in ("min_version", "max_version", "cipher_suites")
        ):
            report(
                f"listener `{listener.settings.name}` of API gateway `{gateway.entry.name}` gets TLS "
                "versions or cipher suites of another listener",
                location=gateway.entry.locate(("Listeners", listener.index, "TLS")),
                note="listeners with certificates share them, and the first one that Consul meets decides",
                help="write the same versions and cipher suites on all listeners with certificates",
            )


CHECKS = (
    api_gateway_port_shared,
    api_gateway_certificate_never_served,
    api_gateway_file_certificate_not_alone,
    api_gateway_tls_leaks,
)
