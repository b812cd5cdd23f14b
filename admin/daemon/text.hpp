// text: reads a string of a message. A string that the sender left out is empty.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <string>

namespace buskin::admin {

inline std::string text_of(const flatbuffers::String* value) {
  return value == nullptr ? std::string() : value->str();
}

}  // namespace buskin::admin
