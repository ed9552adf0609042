# Settings, and the one function every folder uses.
include_guard()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Every binary in the root of its build: build/squall, build/base_test.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
# NDEBUG is for the libraries' assert(); SQUALL_CHECK does not look at it and stays.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g -D_GLIBCXX_ASSERTIONS")
# Level 1 has the lines that the sanitizers' reports print, at three quarters of the compile time.
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Werror)
# Symmetric transfer between coroutines is a tail call only with this, at every optimisation level.
add_compile_options(-foptimize-sibling-calls)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of GCC 12 around optional, variant and coroutine frames.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-dangling-pointer
                      -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()

set(SQUALL_SANITIZE "" CACHE STRING "What -fsanitize= gets: address,undefined or thread")
if(SQUALL_SANITIZE)
  add_compile_options(-fsanitize=${SQUALL_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SQUALL_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND SQUALL_SANITIZE MATCHES "address")
    # Two million relocations of what the undefined behaviour sanitizer has to say make half of the
    # time in which a program starts.
    add_link_options(-no-pie)
  endif()
  # Instrumented code may not make tail calls: a coroutine is resumed through the ready queue where
  # this is defined, or a long chain of them overflows the stack.
  add_compile_definitions(SQUALL_SANITIZED)
endif()

option(SQUALL_FUZZ "Build the fuzz targets of agent/fuzz/ (clang only)" OFF)
if(SQUALL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# What nearly every source includes, parsed once: a third of the build's time. The preset `clang` does
# without, so that clang-tidy sees every file with only the headers it names.
option(SQUALL_PRECOMPILE "Precompile the headers of the libraries" ON)
set(SQUALL_COMMON_HEADERS
    <algorithm> <array> <chrono> <cstdint> <deque> <filesystem> <functional> <map> <memory> <optional>
    <set> <span> <string> <string_view> <unordered_map> <utility> <variant> <vector>
    <boost/json.hpp> <fmt/format.h>)
set(SQUALL_COMMON_TEST_HEADERS <gmock/gmock.h> <gtest/gtest.h>)

# ccache looks at what a precompiled header is made of when told to; a second checkout shares what
# the first has compiled.
find_program(SQUALL_CCACHE ccache)
if(SQUALL_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${SQUALL_CCACHE})
  if(SQUALL_PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()
find_program(SQUALL_MOLD mold)
if(SQUALL_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# All NAME_bench binaries; not part of a plain build.
add_custom_target(benchmarks)

# The headers are precompiled for squall_documents and documents_test, the first that know them all;
# what links those reuses them.
function(squall_precompile target first)
  if(NOT SQUALL_PRECOMPILE OR NOT TARGET ${first})
    return()
  elseif(target STREQUAL first)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM ${first})
  endif()
endfunction()

# Most of a source's compile time goes into what it includes; sources that are compiled in groups share
# that, and a build from nothing takes a third of the time (docs/measurements.md). A build after one
# edit takes longer: the preset `debug` does without. It asks that the names in the unnamed namespaces
# of a folder differ; where every source calls its parts the same (`check`, `draw`, a test's `found`),
# each has a namespace of its own around them.
option(SQUALL_GROUP "Compile the sources of a folder in groups" ON)
set(SQUALL_GROUP_SIZE 8)

function(squall_group target)
  if(NOT SQUALL_GROUP)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${SQUALL_GROUP_SIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC takes a grouped source for a header, in which a type of an unnamed namespace would be wrong.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# squall_library(NAME USES lib... TEST_USES lib...): the *.cpp of the folder and of its subfolders (one
# level, as in cloud/faults/) in a static library squall_NAME, except
#   *_main.cpp    left to the folder;
#   *_test.cpp    in one test binary NAME_test, which ctest knows as NAME;
#   *_bench.cpp   in one Google Benchmark binary NAME_bench.
# USES names what the folder may include, TEST_USES what its tests may include on top: the link line
# is the layer rule of docs/architecture.md, tools/check_includes checks it.
function(squall_library name)
  cmake_parse_arguments(ARG "" "" "USES;TEST_USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS
       ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/*/*.cpp)
  # A subfolder with a CMakeLists.txt of its own is a library of its own.
  file(GLOB own RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt)
  foreach(each ${own})
    get_filename_component(subfolder ${each} DIRECTORY)
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${subfolder}/")
  endforeach()
  set(tests ${sources})
  set(benches ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|bench|main)\\.cpp$")
  if(sources)
    add_library(squall_${name} STATIC ${sources})
    target_include_directories(squall_${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(squall_${name} PUBLIC ${ARG_USES})
    squall_precompile(squall_${name} squall_documents ${SQUALL_COMMON_HEADERS})
    squall_group(squall_${name})
  else()
    add_library(squall_${name} INTERFACE)
    target_include_directories(squall_${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(squall_${name} INTERFACE ${ARG_USES})
  endif()
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE squall_${name} ${ARG_TEST_USES}
                          GTest::gmock GTest::gtest_main)
    # A unit test takes longer to compile than to run; undefined behaviour is looked for in what it
    # tests, not in the test.
    target_compile_options(${name}_test PRIVATE $<$<CONFIG:Release>:-O1>)
    if(SQUALL_SANITIZE MATCHES "undefined")
      target_compile_options(${name}_test PRIVATE -fno-sanitize=undefined)
    endif()
    squall_precompile(${name}_test documents_test ${SQUALL_COMMON_HEADERS}
                      ${SQUALL_COMMON_TEST_HEADERS})
    squall_group(${name}_test)
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
  if(benches)
    add_executable(${name}_bench EXCLUDE_FROM_ALL ${benches})
    target_link_libraries(${name}_bench PRIVATE squall_${name} benchmark::benchmark_main)
    add_dependencies(benchmarks ${name}_bench)
  endif()
endfunction()
