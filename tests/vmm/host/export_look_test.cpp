#include "vmm/host/export_look.hpp"

#include <gtest/gtest.h>

#include "sched/vocabulary/check.hpp"

namespace roost {
namespace {

constexpr std::string_view kGood = R"(<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE topology SYSTEM "hwloc2.dtd">
<topology version="2.0">
 <object type="Machine" os_index="0" cpuset="0x7" complete_cpuset="0x7" nodeset="0x1" complete_nodeset="0x3">
  <info name="Backend" value="&quot;of a test&quot;"/>
  <object type="NUMANode" os_index="0" cpuset="0x7" complete_cpuset="0x7" complete_nodeset="0x3" nodeset="0x1"/>
  <object type="Core" cpuset="0x3" complete_cpuset="0x3">
   <object type="PU" os_index="0" cpuset="0x1" complete_cpuset="0x1"/>
   <object type="PU" os_index="1" cpuset="0x2" complete_cpuset="0x2"/>
  </object>
  <object type="Core" cpuset="0x4" complete_cpuset="0x4">
   <object type="PU" os_index="2" cpuset="0x4" complete_cpuset="0x4"/></object>
 </object>
</topology>
)";

/// The good text with one `from` replaced.
std::string with(std::string_view from, std::string_view to) {
  std::string text(kGood);
  const std::size_t at = text.find(from);
  check(at != text.npos, "the test replaces something");
  return text.replace(at, from.size(), to);
}
std::string fault(const std::string& text) { return look_at_export(text).fault; }
std::string doubt(const std::string& text) { return look_at_export(text).doubt; }

TEST(ExportLook, FindsNothingWrongInAnExport) {
  EXPECT_EQ(fault(std::string(kGood)), "");
  EXPECT_EQ(fault(with("2.0", "2.9")), "");
  EXPECT_EQ(fault(with("cpuset=\"0x3\"", "cpuset=\"0x00000000,0x00000003\"")), "");
}

TEST(ExportLook, NamesWhatIsNoXml) {
  EXPECT_EQ(fault(""), "it is empty");
  EXPECT_EQ(fault(" \n"), "it is empty");
  EXPECT_EQ(fault(" hello <topology>"), "it is no XML, for it does not begin with '<'");
  EXPECT_EQ(fault("<?xml?>\n<topology version=\"2.0\""), "line 2: what begins there has no '>'");
  EXPECT_EQ(fault(std::string(kGood.substr(0, kGood.find("</object>")))), "it ends within the <object> of line 7");
  EXPECT_EQ(fault(with("</object>", "</objekt>")), "line 10: </objekt> closes no element that is open there");
  EXPECT_EQ(fault(with("</topology>", "</topology></topology>")),
            "line 14: </topology> closes no element that is open there");
  for (const char* bad : {"type=\"PU", "type=PU", "type", "type=", "=\"PU\"x", "a b=\"PU\"", "os_index=\"7\""})
    EXPECT_EQ(fault(with("type=\"PU\"", bad)),
              "line 8: <object> has an attribute that is not of the form name=\"value\"") << bad;
  EXPECT_EQ(fault("<>"), "line 1: the outermost element is <>, and of hwloc's exports it is <topology>");
  EXPECT_EQ(fault("</>"), "line 1: </> closes no element that is open there");
}

TEST(ExportLook, NamesWhatIsNoExport) {
  EXPECT_EQ(fault("<html><body/></html>"),
            "line 1: the outermost element is <html>, and of hwloc's exports it is <topology>");
  EXPECT_EQ(fault(with("<info", "<inf\x01")), "line 5: hwloc has no element <inf?>");
  EXPECT_EQ(fault(with("2.0", "3.0")), "line 3: version 3.0 is newer than 2.x, which this hwloc reads");
  EXPECT_EQ(fault(with("2.0", "two")), "line 3: version \"two\" is no number");
  EXPECT_EQ(fault(with("<info", "<topology version=\"2.0\"><info")), "line 5: a <topology> lies within another");
  EXPECT_EQ(fault(with("\"Core\"", "\"Kern\"")), "line 7: hwloc knows no object \"Kern\"");
  EXPECT_EQ(fault("<topology version=\"2.0\">"
                  "<object type=\"Machine\" cpuset=\"0x1\" complete_cpuset=\"0x1\"/></topology>"),
            "it has no <object type=\"PU\">, that is, no CPU");
  EXPECT_EQ(fault("<topology><object type=\"System\"/></topology>"), "") << "of version 1";
}

TEST(ExportLook, NamesWhatWouldBeNoTree) {
  EXPECT_EQ(fault(with(" cpuset=\"0x3\"", "")), "line 7: this Core has no cpuset");
  for (const char* bad : {"", "complete_cpuset=\"0x1\""})
    EXPECT_EQ(fault(with("complete_cpuset=\"0x3\"", bad)),
              "line 7: this Core has no complete_cpuset with its cpuset in it");
  EXPECT_EQ(fault(with("complete_nodeset=\"0x3\"", "complete_nodeset=\"0x2\"")),
            "line 4: this Machine has no complete_nodeset with its nodeset in it");
  EXPECT_EQ(fault(with("complete_nodeset=\"0x3\" nodeset=\"0x1\"/>", "nodeset=\"0x1\"/>")),
            "line 6: this NUMANode has no complete_nodeset with its nodeset in it");
  for (const char* bad : {"cpuset=\"\"", "cpuset=\"zz\"", "cpuset=\"0xf...f\"", "cpuset=\"-1\""})
    EXPECT_EQ(fault(with(" cpuset=\"0x3\"", std::string(" ") + bad)), "line 7: this Core has no cpuset") << bad;
  EXPECT_EQ(fault(with("cpuset=\"0x3\" complete_cpuset=\"0x3\"", "cpuset=\"0xb\" complete_cpuset=\"0xb\"")),
            "line 7: this Core has CPUs that the Machine around it has not");
  EXPECT_EQ(fault(with("cpuset=\"0x3\" complete_cpuset=\"0x3\"", "cpuset=\"0x7\" complete_cpuset=\"0x7\"")),
            "line 11: this Core has CPUs that the object before it has as well");
  for (const char* bad : {"os_index=\"0\" cpuset=\"0x2\"", "os_index=\"1\" cpuset=\"0x3\"", "cpuset=\"0x2\"",
                          "os_index=\"1x\" cpuset=\"0x2\""})
    EXPECT_EQ(fault(with("os_index=\"1\" cpuset=\"0x2\" complete_cpuset=\"0x2\"",
                         std::string(bad) + " complete_cpuset=\"0x3\"")),
              "line 9: the cpuset of this PU is not its os_index alone") << bad;
  EXPECT_EQ(fault(with("nodeset=\"0x1\"/>", "/>")),
            "line 6: this NUMANode has no nodeset");
  EXPECT_EQ(fault(with("\"0x3\" nodeset=\"0x1\"/>", "\"0x3\" nodeset=\"0x2\"/>")),
            "line 6: the nodeset of this NUMANode is not its os_index alone");
  const std::string node = "<object type=\"NUMANode\" os_index=\"0\" cpuset=\"0x7\" complete_cpuset=\"0x7\" "
                           "complete_nodeset=\"0x3\" nodeset=\"0x1\"/>";
  EXPECT_EQ(fault(with(node, node + "\n" + node)), "line 7: there is a NUMANode of this os_index already");
  EXPECT_EQ(fault(with("nodeset=\"0x1\"/>", "nodeset=\"0x1\"><object type=\"PU\" os_index=\"0\" cpuset=\"0x1\" "
                       "complete_cpuset=\"0x1\"/>")),
            "line 6: this PU lies within a NUMANode, where nothing may");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<object type=\"Group\" cpuset=\"0x3\" complete_cpuset=\"0x3\">";
  EXPECT_EQ(fault(with("<info", deep + "<info")), "line 5: more than 64 elements lie within each other");
}

TEST(ExportLook, SaysWhatMayBeWrongWhereNothingSurelyIs) {
  EXPECT_EQ(doubt(with("<info", "<!-- a > b -->\n<info")),
            "line 5: a comment, which hwloc takes only with its XML plugin");
  EXPECT_EQ(fault(with("<info", "<!-- <objekt> -->\n<info")), "");
  EXPECT_EQ(doubt(with("type=\"PU\"", "type='PU'")),
            "line 8: a value in single quotes, which hwloc takes only with its XML plugin");
  EXPECT_EQ(doubt(" " + std::string(kGood)), "it begins with blanks, which hwloc takes only with its XML plugin");
  EXPECT_EQ(doubt(std::string(kGood)).substr(0, 31), "hwloc refuses what it describes");
}

}  // namespace
}  // namespace roost
