// build: turns the arguments of `send<T>(to, ...)` into the bytes of one message.
//
// Three forms: a value (struct), a fill function, values in schema order. A table
// is built in a warm builder of this thread and copied at its exact size, which is
// as fast as building in shared memory up to some 32 KiB; above that use a draft.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "buskin/address.hpp"
#include "buskin/detail/message_info.hpp"
#include "buskin/error.hpp"

namespace buskin::inline v0::detail {

using Builder = flatbuffers::FlatBufferBuilder;

/// A builder of this thread, emptied. Nested use gets another one.
class WarmBuilder {
 public:
  WarmBuilder() : builder_(depth()++ == 0 ? &shared() : new Builder(1024)) {}
  WarmBuilder(const WarmBuilder&) = delete;
  WarmBuilder& operator=(const WarmBuilder&) = delete;
  ~WarmBuilder() {
    if (--depth() != 0) {
      delete builder_;
    } else {
      builder_->Clear();
    }
  }
  Builder& operator*() const { return *builder_; }

 private:
  static Builder& shared() {
    thread_local Builder builder(1024);
    return builder;
  }
  static int& depth() {
    thread_local int depth = 0;
    return depth;
  }
  Builder* builder_;
};

template <class P>
struct OffsetOf : std::false_type {};
template <class V>
struct OffsetOf<flatbuffers::Offset<V>> : std::true_type {
  using Target = V;
};
template <class V>
struct ElementOf : std::false_type {};
template <class E>
struct ElementOf<flatbuffers::Vector<E>> : std::true_type {
  using Type = E;
};

/// Ends the program with a sentence when the integer that was given for a field is none of the field's type.
template <class P, class Arg>
void check_field(const Arg& arg) {
  if constexpr (std::is_same_v<P, bool>) {
    static_assert(std::is_arithmetic_v<Arg>, "buskin: this field is a bool, and the value for it is not");
  } else if constexpr (std::is_enum_v<P> && std::is_integral_v<Arg>) {
    check_field<std::underlying_type_t<P>>(arg);
  } else if constexpr (std::is_integral_v<P> && std::is_arithmetic_v<Arg>) {
    static_assert(!std::is_floating_point_v<Arg>,
                  "buskin: this field is an integer, and the value for it is not: round it first");
    if constexpr (std::is_integral_v<Arg>) {
      const P kept = static_cast<P>(arg);
      if (static_cast<Arg>(kept) != arg || (kept < P{}) != (arg < Arg{})) [[unlikely]] value_does_not_fit(sizeof(P));
    }
  }
}

/// One field in schema order, as the generated Create function wants it (`P`), made from what the user gave (`Arg`).
/// A struct that is given as an Address is made here; get() points into this object.
template <class P, class Arg>
class Field {
 public:
  Field(Builder& builder, const Arg& arg) : value_(convert(builder, arg)) {}
  P get() const {
    if constexpr (kIsAddress) {
      return &value_;
    } else {
      return value_;
    }
  }

 private:
  using Struct = std::remove_const_t<std::remove_pointer_t<P>>;
  static constexpr bool kIsAddress =
      std::is_pointer_v<P> && !std::is_convertible_v<const Arg&, P> && !std::is_same_v<Arg, Struct>;
  using Stored = std::conditional_t<kIsAddress, Struct, P>;

  static Stored convert(Builder& builder, const Arg& arg) {
    if constexpr (OffsetOf<P>::value) {
      using Target = typename OffsetOf<P>::Target;
      if constexpr (std::is_convertible_v<const Arg&, P>) {
        return arg;
      } else if constexpr (std::is_same_v<Target, flatbuffers::String>) {
        return builder.CreateString(std::string_view(arg));
      } else {
        return vector<typename ElementOf<Target>::Type>(builder, arg);
      }
    } else if constexpr (kIsAddress) {
      const Address address(arg);
      return Struct(address.system(), address.index(), address.generation());
    } else if constexpr (std::is_pointer_v<P>) {
      if constexpr (std::is_convertible_v<const Arg&, P>) {
        return arg;
      } else {
        return &arg;
      }
    } else {
      check_field<P>(arg);
      return static_cast<P>(arg);
    }
  }

  template <class E>
  static P vector(Builder& builder, const Arg& arg) {
    if constexpr (OffsetOf<E>::value) {
      std::vector<E> offsets;
      for (const auto& text : arg) offsets.push_back(builder.CreateString(std::string_view(text)));
      return builder.CreateVector(offsets);
    } else if constexpr (std::is_pointer_v<E>) {
      return builder.CreateVectorOfStructs(std::data(arg), std::size(arg));
    } else {
      using Given = std::remove_cvref_t<decltype(*std::data(arg))>;
      static_assert(sizeof(Given) == sizeof(E) && std::is_floating_point_v<Given> == std::is_floating_point_v<E> &&
                        (std::is_arithmetic_v<Given> || std::is_enum_v<Given>),
                    "buskin: the elements of this vector have another size or kind than those of the field");
      return builder.CreateVector(reinterpret_cast<const E*>(std::data(arg)), std::size(arg));
    }
  }

  Stored value_;
};

template <class T, class R, class... P, class... Args>
flatbuffers::Offset<T> create_in_order(R (*create)(Builder&, P...), Builder& builder, const Args&... args) {
  static_assert(
      sizeof...(P) == sizeof...(Args),
      "buskin: give every field of the table, in schema order (a shorter list would lose the schema's defaults)");
  if constexpr (sizeof...(P) == sizeof...(Args)) {
    // Braces: the fields' strings are made from left to right, before the table.
    return std::apply([&](const auto&... field) { return create(builder, field.get()...); },
                      std::tuple<Field<P, std::remove_cvref_t<Args>>...>{
                          Field<P, std::remove_cvref_t<Args>>(builder, args)...});
  } else {
    return {};
  }
}

template <class F>
concept Fill = std::is_invocable_v<F&, Builder&>;

/// Is there one value for each field of a FlatBuffers struct?
template <FixedMessage T, class... Args>
constexpr bool has_field_each() {
  if constexpr (StructMessage<T>) {
    return sizeof...(Args) == T::Traits::fields_number && sizeof...(Args) != 0;
  } else {
    return false;
  }
}
template <StructMessage T, std::size_t... i, class... Args>
void check_fields(std::index_sequence<i...>, const Args&... args) {
  (check_field<std::remove_cvref_t<typename T::Traits::template FieldType<i>>>(args), ...);
}

// A struct from its fields. A `7` for an unsigned field is not a mistake of the user's.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
template <FixedMessage T, class... Args>
T make_fixed(const Args&... args) {
  if constexpr (has_field_each<T, Args...>()) check_fields<T>(std::index_sequence_for<Args...>(), args...);
  if constexpr (std::is_constructible_v<T, const Args&...>) {
    return T(args...);
  } else {
    return T{args...};
  }
}
#pragma GCC diagnostic pop

/// Calls `use(span of bytes)` with the finished message and returns what it returns.
template <AnyMessageType T, class Use, class... Args>
auto with_bytes(Use use, const Args&... args) {
  if constexpr (FixedMessage<T>) {
    const T value = make_fixed<T>(args...);
    return use(std::as_bytes(std::span(&value, 1)));
  } else if constexpr (requires { typename T::Writer; }) {
    typename T::Writer writer;
    (writer.write(args), ...);
    return use(writer.finish());
  } else if constexpr (RawMessage<T>) {
    static_assert(sizeof...(Args) == 1, "buskin: Text takes one text, Bytes one contiguous range of bytes");
    const auto raw = [](const auto& arg) {
      if constexpr (std::is_convertible_v<decltype(arg), std::string_view>) {
        const std::string_view text = arg;
        return std::as_bytes(std::span(text.data(), text.size()));
      } else {
        return std::as_bytes(std::span(std::data(arg), std::size(arg)));
      }
    };
    return use(raw(args...));
  } else {
    WarmBuilder warm;
    if constexpr (sizeof...(Args) == 1 && (Fill<const Args> && ...)) {
      (*warm).Finish((args(*warm), ...));
    } else {
      (*warm).Finish(create_in_order<T>(T::Traits::Create, *warm, args...));
    }
    return use(std::as_bytes(std::span((*warm).GetBufferPointer(), (*warm).GetSize())));
  }
}

/// What a reader gets: a pointer to the table or struct, or the view object itself.
template <AnyMessageType T>
class View {
 public:
  explicit View(std::span<const std::byte> bytes) : value_(read(bytes)) {}
  const T* get() const {
    if constexpr (RawMessage<T>) {
      return &value_;
    } else {
      return value_;
    }
  }

 private:
  using Stored = std::conditional_t<RawMessage<T>, T, const T*>;
  static Stored read(std::span<const std::byte> bytes) {
    if constexpr (RawMessage<T>) {
      return T(bytes);
    } else if constexpr (TableMessage<T>) {
      return flatbuffers::GetRoot<T>(bytes.data());
    } else {
      return reinterpret_cast<const T*>(bytes.data());
    }
  }
  Stored value_;
};

}  // namespace buskin::v0::detail
