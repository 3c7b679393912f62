// The room: the names in a report: which VM each vCPU belongs to, and how long each VM lived.
#pragma once

#include <algorithm>
#include <span>

#include "vmm/executor/live_world.hpp"

namespace roost {

template <typename Tenants>  // of Tenant or SteppedTenant
void name_tenants(RunReport& report, std::span<const TenantVm> vms, const Tenants& tenants) {
  for (const TenantVm& vm : vms) {
    report.vms.push_back(VmReport{});
    VmReport& out = report.vms[id_at<VmId>(report.vms.size() - 1)];
    out.name = vm.name;
    out.guest = vm.guest;
  }
  for (std::size_t i = 0; i < tenants.size(); ++i) {
    VcpuReport& vcpu = report.vcpus[id_at<VcpuId>(i)];
    VmReport& vm = report.vms[tenants[i].vm()];
    vcpu.vm = vm.name;
    vcpu.number = tenants[i].number;
    vm.lifetime = std::max(vm.lifetime, vcpu.lifetime);
  }
}

}  // namespace roost
