#include "vmm/workload/shared_object.hpp"

#include <utility>

namespace roost {

/// The mutex is held.
bool SharedObject::join_or(bool goes_on, Waiter& who) {
  if (goes_on) ++grants_;
  else if (!who.is_dismissed()) waiting_.push_back(&who);  // else its stop is the grant
  return goes_on;
}

/// The mutex is held.
Fifo<Waiter*> SharedObject::pop_all() {
  Fifo<Waiter*> all;
  all.swap(waiting_);
  grants_ += all.size(), queued_ += all.size();
  return all;
}

/// The mutex is held. The next in line, granted but not yet told; null: nobody waits.
Waiter* SharedObject::pop() {
  if (waiting_.empty()) return nullptr;
  Waiter* const next = waiting_.front();
  waiting_.pop_front();
  ++grants_, ++queued_;
  return next;
}

/// No mutex is held: what follows may run the scheduler.
void SharedObject::tell(Waiter* who, bool blocks) const {
  if (who == nullptr) return;
  who->grant();
  who->tell(spec_.polls, blocks);
}

bool SharedObject::wait(Waiter& who) {
  const std::lock_guard hold(mutex_);
  const bool kept = kept_ > 0 && !who.is_dismissed();
  if (kept) --kept_;
  return join_or(kept, who);
}

void SharedObject::signal(bool blocks) {
  Waiter* next = nullptr;
  {
    const std::lock_guard hold(mutex_);
    next = pop();
    if (next == nullptr && spec_.remembers) ++kept_;
  }
  tell(next, blocks);
}

void SharedObject::broadcast() {
  Fifo<Waiter*> all;
  {
    const std::lock_guard hold(mutex_);
    all = pop_all();
  }
  for (Waiter* const who : all) tell(who);
}

bool SharedObject::lock(Waiter& who) {
  const std::lock_guard hold(mutex_);
  const bool is_free = holder_ == kNoVcpu && !who.is_dismissed();
  if (is_free) holder_ = who.vcpu();
  return join_or(is_free, who);
}

void SharedObject::unlock() {
  Waiter* next = nullptr;
  {
    const std::lock_guard hold(mutex_);
    next = pop();
    holder_ = next == nullptr ? kNoVcpu : next->vcpu();  // never free in between
  }
  tell(next);
}

bool SharedObject::arrive(Waiter& who) {
  Fifo<Waiter*> all;
  {
    const std::lock_guard hold(mutex_);
    if (!join_or(waiting_.size() + 1 >= parties_ && !who.is_dismissed(), who)) return false;
    all = pop_all();
  }
  for (Waiter* const other : all) tell(other);
  return true;
}

bool SharedObject::take(Waiter& who) {
  const std::lock_guard hold(mutex_);
  if (jobs_.empty() || who.is_dismissed()) {
    if (closed_) who.job = kNever;
    return closed_ || join_or(false, who);
  }
  who.job = jobs_.front();
  jobs_.pop_front();
  return join_or(true, who);
}

void SharedObject::offer(Time arrived) {
  Waiter* next = nullptr;
  {
    const std::lock_guard hold(mutex_);
    next = pop();
    if (next == nullptr)
      jobs_.push_back(arrived);
    else
      next->job = arrived;
  }
  tell(next);
}

void SharedObject::end_source() {
  Fifo<Waiter*> all;
  {
    const std::lock_guard hold(mutex_);
    if (--sources_ > 0) return;
    closed_ = true;
    all.swap(waiting_);  // they have taken nothing
    for (Waiter* const who : all) who->job = kNever;
  }
  for (Waiter* const who : all) tell(who);
}

void SharedObject::dismiss() {
  const std::lock_guard hold(mutex_);
  waiting_.erase_if([](const Waiter* who) { return who->is_dismissed(); });
}

std::vector<VcpuId> SharedObject::waiting() const {
  std::vector<VcpuId> in_line;
  for (const Waiter* const who : waiting_) in_line.push_back(who->vcpu());
  return in_line;
}

void SharedObject::served(Duration sojourn) {
  const std::lock_guard hold(mutex_);
  sojourn_.add(sojourn);
}

}  // namespace roost
