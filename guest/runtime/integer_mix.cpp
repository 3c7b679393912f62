#include "guest/runtime/integer_mix.hpp"

#include "guest/runtime/checksum.hpp"

namespace guest {
namespace {

constexpr uint32_t kCrcPolynomial = 0xedb88320;  // CRC-32, reflected

/// Merges two sorted lists; on equal keys the left one goes first.
template <typename Node, typename Before>
Node* merge(Node* left, Node* right, Before before) {
  Node* head = nullptr;
  Node** tail = &head;
  while (left != nullptr && right != nullptr) {
    Node*& smaller = before(*right, *left) ? right : left;
    *tail = smaller;
    tail = &smaller->next;
    smaller = smaller->next;
  }
  *tail = left != nullptr ? left : right;
  return head;
}

/// Top-down merge sort of the first `count` nodes.
template <typename Node, typename Before>
Node* sort(Node* head, int count, Before before) {
  if (count == 1) {
    head->next = nullptr;
    return head;
  }
  Node* middle = head;
  for (int i = 0; i < count / 2; ++i) middle = middle->next;
  Node* const left = sort(head, count / 2, before);
  return merge(left, sort(middle, count - count / 2, before), before);
}

template <typename Node>
Node* reverse(Node* head) {
  Node* done = nullptr;
  while (head != nullptr) {
    Node* const next = head->next;
    head->next = done;
    done = head;
    head = next;
  }
  return done;
}

enum class Reading { Start, Sign, Whole, Fraction, Exponent, Invalid };

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Reading step(Reading state, char c) {
  switch (state) {
    case Reading::Start:
      if (is_digit(c)) return Reading::Whole;
      return c == '-' || c == '+' ? Reading::Sign : Reading::Invalid;
    case Reading::Sign: return is_digit(c) ? Reading::Whole : Reading::Invalid;
    case Reading::Whole:
      if (c == '.') return Reading::Fraction;
      [[fallthrough]];
    case Reading::Fraction:
      if (c == 'e') return Reading::Exponent;
      return is_digit(c) ? state : Reading::Invalid;
    case Reading::Exponent: return is_digit(c) ? state : Reading::Invalid;
    case Reading::Invalid: break;
  }
  return Reading::Invalid;
}

}  // namespace

IntegerMix::IntegerMix(uint64_t seed) {
  Xorshift random(seed);
  for (int i = 0; i < kNodes; ++i) {
    nodes_[i] = {i + 1 < kNodes ? &nodes_[i + 1] : nullptr, static_cast<int32_t>(random.next() % 1000), i};
  }
  head_ = nodes_;
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      left_[row][column] = static_cast<int32_t>(random.next() % 256) - 128;
      right_[row][column] = static_cast<int32_t>(random.next() % 256) - 128;
    }
  }
  constexpr char kLetters[] = "0123456789012345678901234567+-..e,,x";
  for (char& c : text_) c = kLetters[random.next() % (sizeof kLetters - 1)];
  text_[kText] = 0;
}

void IntegerMix::run_unit() {
  work_on_list();
  work_on_matrices();
  work_on_text();
  ++units_;
}

void IntegerMix::work_on_list() {
  for (int i = 0; i < 12; ++i) {
    const int32_t wanted = static_cast<int32_t>((crc_ >> i) % kNodes);
    head_ = reverse(head_);
    int32_t passed = 0;
    for (const Node* node = head_; node->place != wanted; node = node->next) ++passed;
    add_to_crc(static_cast<uint32_t>(passed));
  }
  head_->key = static_cast<int32_t>(crc_ % 1000);
  head_ = sort(head_, kNodes, [](const Node& a, const Node& b) { return a.key < b.key; });
  add_to_crc(static_cast<uint32_t>(head_->place));
  head_ = sort(head_, kNodes, [](const Node& a, const Node& b) { return a.place < b.place; });
  add_to_crc(static_cast<uint32_t>(head_->key));
}

void IntegerMix::work_on_matrices() {
  const auto added = static_cast<int32_t>(crc_ & 0xff);
  uint32_t sum = 0;
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      int32_t cell = 0;
      for (int i = 0; i < kSide; ++i) cell += (left_[row][i] + added) * right_[i][column];
      product_[row][column] = cell;
      sum += static_cast<uint32_t>(cell >> 2 & 0xf) * static_cast<uint32_t>(cell >> 5 & 0x7f);
    }
  }
  left_[crc_ % kSide][sum % kSide] = product_[sum % kSide][crc_ % kSide] % 128;
  add_to_crc(sum);
}

void IntegerMix::work_on_text() {
  uint32_t ends[6] = {};
  Reading state = Reading::Start;
  for (const char* c = text_; *c != 0; ++c) {
    if (*c == ',') {
      ++ends[static_cast<int>(state)];
      state = Reading::Start;
    } else {
      state = step(state, *c);
    }
  }
  for (const uint32_t count : ends) add_to_crc(count);
  char& changed = text_[crc_ % kText];
  changed = changed == ',' ? '7' : changed == '7' ? ',' : changed;
}

void IntegerMix::add_to_crc(uint32_t word) {
  crc_ ^= word;
  for (int bit = 0; bit < 32; ++bit) crc_ = (crc_ >> 1) ^ (kCrcPolynomial & (0 - (crc_ & 1)));
}

}  // namespace guest
