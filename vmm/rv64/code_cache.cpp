#include "vmm/rv64/code_cache.hpp"

#include "vmm/rv64/exec_flow.hpp"
#include "vmm/rv64/host_memory.hpp"

namespace roost::rv64 {

namespace {

/// True if the page's copy was still what memory holds.
bool refresh(DecodedPage& page, const std::byte* host_page) {
  bool same = true;
  for (std::size_t i = 0; i < page.words.size(); ++i) {
    const auto now = load_host<std::uint64_t>(host_address(host_page) + 8 * i);
    same = same && page.words[i] == now;
    page.words[i] = now;
  }
  return same;
}

void forget_ops(DecodedPage& page) {
  page.ops.fill(Op{&decode_and_run, 0, 0, 0, 0, 0});
  page.ops.back() = Op{&leave_page, 0, 0, 0, 0, 0};
}

}  // namespace

CodeCache::Found CodeCache::at(const std::byte* host_page) {
  const auto known = index_.find(host_page);
  Found found = known == index_.end() ? make_room(host_page) : Found{pages_[known->second].get(), false};
  if (found.page->generation == generation_) return found;
  const bool same = refresh(*found.page, host_page);
  if (!same || found.page->generation == 0) forget_ops(*found.page);
  found.page->generation = generation_;
  found.page->host = host_address(host_page);
  return found;
}

void CodeCache::forget() {
  for (const auto& page : pages_) page->generation = 0;
}

CodeCache::Found CodeCache::make_room(const std::byte* host_page) {
  if (pages_.size() < kMaxPages) {
    index_[host_page] = pages_.size();
    pages_.push_back(std::make_unique<DecodedPage>());
    hosts_.push_back(host_page);
    return {pages_.back().get(), false};
  }
  const std::size_t victim = oldest_;
  oldest_ = (oldest_ + 1) % kMaxPages;
  index_.erase(hosts_[victim]);
  index_[host_page] = victim;
  hosts_[victim] = host_page;
  pages_[victim]->generation = 0;
  return {pages_[victim].get(), true};
}

}  // namespace roost::rv64
