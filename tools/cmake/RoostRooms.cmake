# One target per room. A room's sources are all the .cpp files in its folder; headers are
# included from the project's root ("sched/vocabulary/time.hpp").

add_library(roost_flags INTERFACE)
target_include_directories(roost_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(roost_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(roost_flags INTERFACE -Wthread-safety)
endif()
if(ROOST_SANITIZE)
  target_compile_options(roost_flags INTERFACE -fsanitize=${ROOST_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(roost_flags INTERFACE -fsanitize=${ROOST_SANITIZE})
  if(ROOST_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(roost_flags INTERFACE -Wno-tsan)
  endif()
endif()

# Tests of a sanitizer build carry its name, so that tools/check can run several builds' tests as one.
set(ROOST_TEST_PREFIX "")
if(ROOST_SANITIZE MATCHES "address")
  set(ROOST_TEST_PREFIX "asan.")
elseif(ROOST_SANITIZE MATCHES "thread")
  set(ROOST_TEST_PREFIX "tsan.")
endif()

# roost_room(vmm_rv64 DEPENDS vmm_memory vmm_vcpu [PRIVATE fmt::fmt]): the room in this folder, as target
# roost_vmm_rv64. DEPENDS names rooms; PRIVATE names outside libraries.
function(roost_room name)
  cmake_parse_arguments(room "" "" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(TRANSFORM room_DEPENDS PREPEND roost_)
  if(sources)
    add_library(roost_${name} STATIC ${sources})
    target_link_libraries(roost_${name} PUBLIC roost_flags ${room_DEPENDS} PRIVATE ${room_PRIVATE})
  else()
    add_library(roost_${name} INTERFACE)
    target_link_libraries(roost_${name} INTERFACE roost_flags ${room_DEPENDS} ${room_PRIVATE})
  endif()
endfunction()

# roost_tests(sched ROOMS sched_policy ... [LABELS quick]): all *_test.cpp of this folder as one
# GoogleTest program, roost_tests_sched.
function(roost_tests name)
  cmake_parse_arguments(tests "" "" "ROOMS;LIBRARIES;LABELS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  list(TRANSFORM tests_ROOMS PREPEND roost_)
  if(NOT tests_LABELS)
    set(tests_LABELS quick)
  endif()
  add_executable(roost_tests_${name} ${sources})
  target_link_libraries(roost_tests_${name} PRIVATE roost_flags ${tests_ROOMS} ${tests_LIBRARIES}
    GTest::gtest GTest::gmock GTest::gtest_main)
  gtest_discover_tests(roost_tests_${name} DISCOVERY_MODE PRE_TEST
    TEST_PREFIX "${ROOST_TEST_PREFIX}" PROPERTIES LABELS "${tests_LABELS}")
endfunction()
