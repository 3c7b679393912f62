// The room: protobuf's wire format, as much of it as a trace needs: varints, fixed64, and everything else by its
// length.
// Not here: any schema; perfetto_trace knows the fields.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace roost {

/// One message under construction; its bytes are valid at any time.
class ProtoMessage {
 public:
  /// int32, int64, uint32, uint64, bool and enum fields; a negative value as its two's complement, as protobuf has it.
  ProtoMessage& integer(std::uint32_t field, std::int64_t value) {
    varint(std::uint64_t{field} << 3);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  ProtoMessage& fixed64(std::uint32_t field, std::uint64_t value) {
    varint(std::uint64_t{field} << 3 | 1);
    for (int byte = 0; byte < 8; ++byte) out_ += static_cast<char>(value >> (8 * byte));
    return *this;
  }
  /// Strings and bytes.
  ProtoMessage& bytes(std::uint32_t field, std::string_view value) {
    varint(std::uint64_t{field} << 3 | 2);
    varint(value.size());
    out_ += value;
    return *this;
  }
  ProtoMessage& message(std::uint32_t field, const ProtoMessage& value) { return bytes(field, value.out_); }
  /// A packed repeated integer; nothing when empty.
  ProtoMessage& packed(std::uint32_t field, std::span<const std::int64_t> values) {
    if (values.empty()) return *this;
    ProtoMessage list;
    for (const std::int64_t value : values) list.varint(static_cast<std::uint64_t>(value));
    return message(field, list);
  }
  const std::string& text() const { return out_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
    out_ += static_cast<char>(value);
  }
  std::string out_;
};

}  // namespace roost
