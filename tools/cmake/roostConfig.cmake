# find_package(roost): the headers of sched/, for disciplines that are built elsewhere.
#
#   roost_discipline(mine mine.cpp)     mine.so, for: roost run ... --plugin ./mine.so --policy mine
get_filename_component(roost_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET roost::sched)
  add_library(roost::sched INTERFACE IMPORTED)
  set_target_properties(roost::sched PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${roost_prefix}/include/roost"
    INTERFACE_COMPILE_FEATURES cxx_std_20)
endif()

function(roost_discipline name)
  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "")
  target_link_libraries(${name} PRIVATE roost::sched)
endfunction()
