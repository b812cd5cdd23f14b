# Files that `cmake --install` installs, so that others find the library by find_package(buskin) or pkg-config.
include(CMakePackageConfigHelpers)
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/buskin")

install(TARGETS buskin EXPORT buskinTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(BUSKIN_PROGRAMS)
  install(TARGETS ${BUSKIN_PROGRAMS} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/api/include/buskin"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp" PATTERN "*.fbs")

install(EXPORT buskinTargets NAMESPACE buskin:: DESTINATION "${package}")
configure_package_config_file(cmake/buskinConfig.cmake.in
  "${PROJECT_BINARY_DIR}/buskinConfig.cmake" INSTALL_DESTINATION "${package}"
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/buskinConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/buskinConfig.cmake"
  "${PROJECT_BINARY_DIR}/buskinConfigVersion.cmake" cmake/BuskinSchema.cmake
  DESTINATION "${package}")

# The file computes its prefix from its own place, so that an installed tree may be moved.
set(pc_folder "${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig")
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${pc_folder}"
  OUTPUT_VARIABLE BUSKIN_PC_TO_PREFIX)
configure_file(cmake/buskin.pc.in "${PROJECT_BINARY_DIR}/buskin.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/buskin.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
