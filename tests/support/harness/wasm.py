"""A WebAssembly plugin for Envoy to load."""


def wasm_module() -> bytes:
    """A WebAssembly plugin that does nothing: memory, `malloc`, and the mark of the interface it speaks."""
    types = [b"\x60\x00\x00", b"\x60\x01\x7f\x01\x7f"]  # () -> (); (i32) -> i32
    exports = {"memory": b"\x02\x00", "proxy_abi_version_0_2_1": b"\x00\x00", "malloc": b"\x00\x01"}
    named = [bytes([len(name)]) + name.encode() + kind for name, kind in exports.items()]
    bodies = [b"\x02\x00\x0b", b"\x04\x00\x20\x00\x0b"]  # nothing; the parameter

    def section(number: int, items: list[bytes]) -> bytes:
        content = bytes([len(items)]) + b"".join(items)
        return bytes([number, len(content)]) + content

    return b"\x00asm\x01\x00\x00\x00" + b"".join(
        section(number, items)
        for number, items in (
            (1, types),
            (3, [b"\x00", b"\x01"]),
            (5, [b"\x00\x01"]),
            (7, named),
            (10, bodies),
        )
    )
