"""A reader of DER, the binary form of certificates and keys (X.690)."""

from __future__ import annotations

from dataclasses import dataclass

INTEGER, BIT_STRING, OCTET_STRING, NULL, OBJECT_ID = 0x02, 0x03, 0x04, 0x05, 0x06
UTF8_STRING, PRINTABLE_STRING, T61_STRING, IA5_STRING = 0x0C, 0x13, 0x14, 0x16
UTC_TIME, GENERALIZED_TIME, BMP_STRING, SEQUENCE, SET = 0x17, 0x18, 0x1E, 0x30, 0x31


class DerError(ValueError):
    """The bytes are no such structure."""


@dataclass(slots=True)
class Reader:
    """Takes elements from `data` between `at` and `end`, one after another."""

    data: bytes
    at: int
    end: int

    @classmethod
    def over(cls, data: bytes) -> Reader:
        """A reader of all of `data`."""
        return cls(data, 0, len(data))

    @property
    def empty(self) -> bool:
        return self.at >= self.end

    def peek(self) -> int:
        """The next tag; -1 at the end."""
        return -1 if self.empty else self.data[self.at]

    def any(self) -> tuple[int, Reader]:
        """The next element: its tag and its content."""
        tag = self._byte()
        if tag & 0x1F == 0x1F:
            raise DerError("a tag of several bytes")
        length = self._length()
        if length > self.end - self.at:
            raise DerError("an element that ends too early")
        content = Reader(self.data, self.at, self.at + length)
        self.at += length
        return tag, content

    def take(self, tag: int) -> Reader:
        """The content of the next element, which must have this tag."""
        if self.peek() != tag:
            raise DerError(f"tag {self.peek():#x} in place of {tag:#x}")
        return self.any()[1]

    def optional(self, tag: int) -> Reader | None:
        """The content of the next element if it has this tag."""
        return self.take(tag) if self.peek() == tag else None

    def integer(self) -> int:
        """The next element, an integer in its shortest form."""
        content = self.take(INTEGER).rest()
        if not content or (len(content) > 1 and (content[0], content[1] >> 7) in ((0x00, 0), (0xFF, 1))):
            raise DerError("an integer that is not in its shortest form")
        return int.from_bytes(content, "big", signed=True)

    def object_id(self) -> bytes:
        """The next element, an object identifier, as it is encoded."""
        return self.take(OBJECT_ID).rest()

    def bits(self) -> bytes:
        """The next element, a string of whole bytes."""
        content = self.take(BIT_STRING).rest()
        if not content or content[0] != 0:
            raise DerError("a bit string that is not of whole bytes")
        return content[1:]

    def rest(self) -> bytes:
        """Everything that has not been taken yet."""
        taken = self.data[self.at : self.end]
        self.at = self.end
        return taken

    def finish(self) -> None:
        """Raise unless everything has been taken."""
        if not self.empty:
            raise DerError("trailing data")

    def _byte(self) -> int:
        if self.empty:
            raise DerError("an element that ends too early")
        self.at += 1
        return self.data[self.at - 1]

    def _length(self) -> int:
        first = self._byte()
        if first < 0x80:
            return first
        count = first & 0x7F
        if not 1 <= count <= 4:
            raise DerError("a length without end or of too many bytes")
        length = 0
        for _ in range(count):
            length = length << 8 | self._byte()
        if length < 0x80 or length < 1 << 8 * (count - 1):
            raise DerError("a length that is not in its shortest form")
        return length
