// schema_hash: names a message's schema: its fields in order, with their names and types, and so for all that lies in
// it.
// Made by the compiler from the reflection that flatc writes into each generated header. Two programs can talk about a
// message when both have the same hash. Spelled by kind and size, so that all compilers say the same.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "buskin/detail/type_name.hpp"

namespace buskin::inline v0::detail {

template <class T>
concept Reflected = requires {
  T::Traits::fully_qualified_name;
  T::Traits::fields_number;
  T::Traits::field_names;
};

/// Enumerators looked at: those with the values 0 to 31, and the flags 1 << 5 to 1 << 15.
inline constexpr int kEnumeratorsPlain = 32;
inline constexpr int kEnumeratorsFlags = 11;

template <auto kValue>
constexpr std::string_view enumerator_text() {
  constexpr std::string_view text = __PRETTY_FUNCTION__;
  constexpr std::string_view mark = "kValue = ";
  constexpr std::size_t begin = text.find(mark) + mark.size();
  return text.substr(begin, text.find_first_of(";]", begin) - begin);
}

/// The enumerator's name, or nothing when the value has none: then the compiler writes a cast.
template <class E, std::int64_t kNumber>
constexpr std::string_view enumerator_name() {
  constexpr std::string_view text = enumerator_text<static_cast<E>(kNumber)>();
  // The scopes of a name may have parentheses, too: those without a name.
  constexpr std::string_view last = text.substr(text.find_last_of(":)") + 1);
  const bool is_number = last.empty() || last.front() == '-' || (last.front() >= '0' && last.front() <= '9');
  return is_number ? std::string_view() : last;
}

template <class E, std::int64_t... kNumber>
constexpr std::uint64_t hash_enumerators(std::uint64_t hash, std::integer_sequence<std::int64_t, kNumber...>) {
  const auto add = [&](std::string_view name, std::int64_t number) {
    if (!name.empty()) hash = hash_text(name, hash ^ static_cast<std::uint64_t>(number + 1));
  };
  (add(enumerator_name<E, kNumber>(), kNumber), ...);
  return hash;
}

template <class T, class... Above>
constexpr std::uint64_t hash_fields(std::uint64_t hash);

/// A vector of a table, or an array of a struct: its element comes as `return_type`.
template <class V>
concept SequenceField = requires {
  typename V::return_type;
  typename V::const_iterator;
};

/// `F`: what a field's accessor returns, or an element of it. `Above`: the tables that it lies in, so that one that
/// contains itself ends.
template <class F, class... Above>
constexpr std::uint64_t hash_type(std::uint64_t hash) {
  using T = std::remove_cv_t<std::remove_pointer_t<std::remove_reference_t<F>>>;
  if constexpr (std::is_same_v<T, bool>) {
    return hash_text("b", hash);
  } else if constexpr (std::is_enum_v<T>) {
    hash = hash_type<std::underlying_type_t<T>>(hash_text("e", hash));
    hash = hash_enumerators<T>(hash, std::make_integer_sequence<std::int64_t, kEnumeratorsPlain>());
    return [hash]<std::int64_t... kShift>(std::integer_sequence<std::int64_t, kShift...>) {
      return hash_enumerators<T>(hash, std::integer_sequence<std::int64_t, (std::int64_t{1} << (kShift + 5))...>());
    }(std::make_integer_sequence<std::int64_t, sizeof(T) == 1 ? 2 : kEnumeratorsFlags>());
  } else if constexpr (std::is_arithmetic_v<T>) {
    const char kind = std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
    const char text[] = {kind, static_cast<char>('0' + sizeof(T))};
    return hash_text({text, 2}, hash);
  } else if constexpr (std::is_same_v<T, flatbuffers::String>) {
    return hash_text("s", hash);
  } else if constexpr (SequenceField<T>) {
    return hash_type<typename T::return_type, Above...>(hash_text("[", hash ^ sizeof(T)));  // An array has its length.
  } else if constexpr (Reflected<T>) {
    hash = hash_text(T::Traits::fully_qualified_name, hash_text("t", hash));
    if constexpr ((std::is_same_v<T, Above> || ...)) {
      return hash;
    } else {
      return hash_fields<T, Above..., T>(hash);
    }
  } else {
    return hash_text("?", hash);  // The member of a union, which the enumeration beside it names.
  }
}

template <class T, class... Above>
constexpr std::uint64_t hash_fields(std::uint64_t hash) {
  if constexpr (T::Traits::fields_number == 0) {
    return hash;
  } else {
    return [hash]<std::size_t... i>(std::index_sequence<i...>) {
      std::uint64_t all = hash;
      ((all = hash_type<typename T::Traits::template FieldType<i>, Above...>(
            hash_text(T::Traits::field_names[i], hash_text("|", all)))),
       ...);
      return all;
    }(std::make_index_sequence<T::Traits::fields_number>());
  }
}

}  // namespace buskin::v0::detail
