// producer_consumer: even harts fill a bounded queue, odd ones empty it; each halts when it can do neither.
//   items     1..10000000     items from each producer                  [200]
//   capacity  1..1024         places in the queue                       [8]
//   work      0..100000       loop turns on each item, on both sides    [50]

#include "guest/runtime/atomic.hpp"
#include "guest/runtime/checksum.hpp"
#include "guest/runtime/harts.hpp"
#include "guest/runtime/lock.hpp"
#include "guest/runtime/program.hpp"

namespace guest {
namespace {

constexpr uint64_t kMaxCapacity = 1024;

/// Halted harts, in a set that belongs to the queue's lock. Each looks at a flag of its own, cleared by who wakes it.
class WaitingHarts {
 public:
  void add_me() {
    waits_.mine().store(1);
    set_ |= uint64_t{1} << hart_id();
  }
  /// The hart that was taken out of the set, to be woken after the lock is dropped; kMaxHarts when nobody waits.
  uint64_t take_one() {
    if (set_ == 0) return kMaxHarts;
    uint64_t hart = 0;
    while ((set_ >> hart & 1) == 0) ++hart;
    set_ &= set_ - 1;
    return hart;
  }
  void halt_me() {
    halt_until([this] { return waits_.mine().load() == 0; });
  }
  void wake(uint64_t hart) {
    if (hart == kMaxHarts) return;
    waits_[hart].store(0);
    send_ipi(hart);
  }

 private:
  uint64_t set_ = 0;
  PerHart<Atomic<uint64_t>> waits_;
};

/// What one look at the queue under its lock came to.
enum class Took { Item, Nothing, End };

class Queue {
 public:
  void open(uint64_t capacity, uint64_t items_to_come) {
    capacity_ = capacity;
    left_ = items_to_come;
  }

  void put(uint64_t item) {
    while (!try_put(item)) producers_.halt_me();
  }

  /// False once the last item is taken.
  bool take(uint64_t& item) {
    while (true) {
      const Took took = try_take(item);
      if (took != Took::Nothing) return took == Took::Item;
      consumers_.halt_me();
    }
  }

  bool full() const { return count_ == capacity_; }

 private:
  bool try_put(uint64_t item) {
    lock_.lock();
    if (full()) {
      producers_.add_me();
      lock_.unlock();
      return false;
    }
    items_[(first_ + count_++) % capacity_] = item;
    const uint64_t woken = consumers_.take_one();
    lock_.unlock();
    consumers_.wake(woken);
    return true;
  }

  Took try_take(uint64_t& item) {
    lock_.lock();
    if (count_ == 0) {
      const bool end = left_ == 0;
      if (!end) consumers_.add_me();
      lock_.unlock();
      return end ? Took::End : Took::Nothing;
    }
    item = items_[first_];
    first_ = (first_ + 1) % capacity_;
    --count_;
    --left_;
    const bool last = left_ == 0;
    const uint64_t woken = producers_.take_one();
    lock_.unlock();
    producers_.wake(woken);
    if (last) wake_all_consumers();
    return Took::Item;
  }

  void wake_all_consumers() {
    while (true) {
      lock_.lock();
      const uint64_t woken = consumers_.take_one();
      lock_.unlock();
      if (woken == kMaxHarts) return;
      consumers_.wake(woken);
    }
  }

  TestAndSetLock lock_;
  uint64_t capacity_ = 0;
  uint64_t first_ = 0;
  uint64_t count_ = 0;
  uint64_t left_ = 0;  // items not yet taken
  uint64_t items_[kMaxCapacity] = {};
  WaitingHarts producers_;
  WaitingHarts consumers_;
};

struct Tally {
  uint64_t items = 0;
  uint64_t sum = 0;
};

Queue queue;
PerHart<Tally> produced;
PerHart<Tally> consumed;

void work_on(Tally& tally, uint64_t item, uint64_t work) {
  for (uint64_t i = 0; i < work; ++i) asm volatile("");
  ++tally.items;
  tally.sum += scatter(item);
}

void produce(uint64_t items, uint64_t work) {
  for (uint64_t i = 0; i < items; ++i) {
    const uint64_t item = hart_id() << 32 | i;
    work_on(produced.mine(), item, work);
    queue.put(item);
  }
}

void consume(uint64_t work) {
  uint64_t item = 0;
  while (queue.take(item)) work_on(consumed.mine(), item, work);
}

/// A hart alone does both, in turns that fill and empty the queue.
void produce_and_consume(uint64_t items, uint64_t work) {
  uint64_t item = 0;
  for (uint64_t i = 0; i < items; ++i) {
    work_on(produced.mine(), i, work);
    queue.put(i);
    if (!queue.full() && i + 1 != items) continue;
    while (consumed.mine().items < produced.mine().items && queue.take(item)) work_on(consumed.mine(), item, work);
  }
}

}  // namespace

ExitCode run(Arguments& arguments) {
  const uint64_t items = arguments.number("items", 200, {1, 10'000'000});
  const uint64_t capacity = arguments.number("capacity", 8, {1, kMaxCapacity});
  const uint64_t work = arguments.number("work", 50, {0, 100'000});
  arguments.done();

  const uint64_t producers = (hart_count() + 1) / 2;
  queue.open(capacity, producers * items);
  on_every_hart([=] {
    if (hart_count() == 1) {
      produce_and_consume(items, work);
    } else if (hart_id() % 2 == 0) {
      produce(items, work);
    } else {
      consume(work);
    }
  });

  Tally in, out;
  for (uint64_t hart = 0; hart < hart_count(); ++hart) {
    in.items += produced[hart].items;
    in.sum += produced[hart].sum;
    out.items += consumed[hart].items;
    out.sum += consumed[hart].sum;
  }
  const bool ok = in.items == producers * items && in.items == out.items && in.sum == out.sum;
  return report(ok, "producer_consumer: harts=%lu capacity=%lu items=%lu checksum=0x%016lx", hart_count(), capacity,
                out.items, out.sum);
}

}  // namespace guest
