#include "guest/runtime/arguments.hpp"

#include "guest/runtime/console.hpp"
#include "guest/runtime/finish.hpp"
#include "guest/runtime/text.hpp"

namespace guest {
namespace {

/// False when it is no number or does not fit.
bool parse(const char* digits, uint64_t& value) {
  if (*digits == 0) return false;
  for (value = 0; *digits != 0; ++digits) {
    if (*digits < '0' || *digits > '9') return false;
    if (__builtin_mul_overflow(value, 10, &value)) return false;
    if (__builtin_add_overflow(value, static_cast<uint64_t>(*digits - '0'), &value)) return false;
  }
  return true;
}

}  // namespace

Arguments::Arguments(const char* text) {
  if (length(text) >= kMaxLength) {
    give_up(ExitCode::BadArguments, "the arguments are longer than %lu characters", kMaxLength - 1);
  }
  for (uint64_t i = 0; i <= length(text); ++i) text_[i] = text[i];
  char* at = text_;
  while (*at != 0) {
    while (*at == ' ') ++at;
    char* const word = at;
    while (*at != 0 && *at != ' ') ++at;
    if (*at == ' ') *at++ = 0;
    if (*word != 0) take_word(word);
  }
}

void Arguments::take_word(char* word) {
  char* value = word;
  while (*value != 0 && *value != '=') ++value;
  if (*value == 0) give_up(ExitCode::BadArguments, "argument '%s' is not of the form name=value", word);
  *value++ = 0;
  for (uint64_t i = 0; i < count_; ++i) {
    if (equal(words_[i].name, word)) give_up(ExitCode::BadArguments, "parameter '%s' is given twice", word);
  }
  if (count_ == kMaxWords) give_up(ExitCode::BadArguments, "more than %lu parameters are given", kMaxWords);
  words_[count_++] = {word, value, false};
}

const char* Arguments::ask(const char* name) {
  for (uint64_t i = 0; i < count_; ++i) {
    if (!equal(words_[i].name, name)) continue;
    words_[i].asked_for = true;
    return words_[i].value;
  }
  return nullptr;
}

uint64_t Arguments::number(const char* name, uint64_t otherwise, Range range) {
  const char* const given = ask(name);
  if (given == nullptr) return otherwise;
  uint64_t value = 0;
  if (!parse(given, value) || value < range.least || value > range.most) {
    give_up(ExitCode::BadArguments, "%s=%s: give a number from %lu to %lu", name, given, range.least, range.most);
  }
  return value;
}

uint64_t Arguments::choose(const char* name, const char* const* words, uint64_t count) {
  const char* const given = ask(name);
  if (given == nullptr) return 0;
  for (uint64_t i = 0; i < count; ++i) {
    if (equal(words[i], given)) return i;
  }
  print("%s=%s: give one of", name, given);
  for (uint64_t i = 0; i < count; ++i) print(" %s", words[i]);
  give_up(ExitCode::BadArguments, "%s", "");
}

void Arguments::done() {
  for (uint64_t i = 0; i < count_; ++i) {
    if (!words_[i].asked_for) give_up(ExitCode::BadArguments, "this guest has no parameter '%s'", words_[i].name);
  }
}

}  // namespace guest
