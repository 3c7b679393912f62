// The room: "rounds=1000 kind=tas" as values. Whatever is wrong with them ends the guest with a sentence and code 2.
// A program asks for each of its parameters, then calls done(): what nobody asked for is refused.
#pragma once

#include <stdint.h>

namespace guest {

struct Range {
  uint64_t least;
  uint64_t most;
};

class Arguments {
 public:
  explicit Arguments(const char* text);

  uint64_t number(const char* name, uint64_t otherwise, Range range);

  /// The index of the given word among `words`; 0 when the parameter is not given.
  template <unsigned count>
  uint64_t choice(const char* name, const char* const (&words)[count]) {
    return choose(name, words, count);
  }

  void done();

 private:
  static constexpr uint64_t kMaxLength = 256;
  static constexpr uint64_t kMaxWords = 16;
  struct Word {
    const char* name;
    const char* value;
    bool asked_for;
  };

  void take_word(char* word);
  const char* ask(const char* name);
  uint64_t choose(const char* name, const char* const* words, uint64_t count);

  char text_[kMaxLength];
  Word words_[kMaxWords];
  uint64_t count_ = 0;
};

}  // namespace guest
