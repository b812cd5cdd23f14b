// Value: built-in message without a schema: numbers, texts, lists and maps (FlexBuffers).
//
//   send<Value>(to, [](auto& builder) { builder.Map([&] { builder.Int("n", 7); }); });
//   value->root().AsMap()["n"].AsInt64()
#pragma once

#include <flatbuffers/flexbuffers.h>

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>

namespace buskin::inline v0 {

class Value {
 public:
  static constexpr std::string_view kName = "buskin.Value";

  Value() = default;
  explicit Value(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// Null when the message is empty.
  flexbuffers::Reference root() const {
    if (bytes_.empty()) return {};
    return flexbuffers::GetRoot(reinterpret_cast<const std::uint8_t*>(bytes_.data()), bytes_.size());
  }

  /// Builds one from a single value, or by a function of the builder.
  class Writer {
   public:
    template <class V>
    void write(const V& value) {
      if constexpr (std::is_invocable_v<const V&, flexbuffers::Builder&>) {
        value(builder_);
      } else if constexpr (std::convertible_to<const V&, std::string_view>) {
        const std::string_view text = value;
        builder_.String(text.data(), text.size());
      } else if constexpr (std::same_as<V, bool>) {
        builder_.Bool(value);
      } else if constexpr (std::floating_point<V>) {
        builder_.Double(static_cast<double>(value));
      } else {
        static_assert(std::integral<V>, "buskin: a Value is a number, a text, or made by a function of the builder");
        builder_.Add(value);
      }
    }
    std::span<const std::byte> finish() {
      builder_.Finish();
      return std::as_bytes(std::span(builder_.GetBuffer()));
    }

   private:
    flexbuffers::Builder builder_;
  };

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace buskin::v0
