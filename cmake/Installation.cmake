include(GNUInstallDirs)
install(TARGETS notifyhost miniporch RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# The command names of the Python tools are the same program, which looks at what it was called.
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
foreach(name npg_ont_event_notification npg_qc_state_notification)
    file(CREATE_LINK notifyhost ${PROJECT_BINARY_DIR}/bin/${name} SYMBOLIC)
    install(FILES ${PROJECT_BINARY_DIR}/bin/${name} DESTINATION ${CMAKE_INSTALL_BINDIR})
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/core/api/notifyhost DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS notifyhost_sdk_library ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_BINARY_DIR}/lib/notifyhost DESTINATION lib
        FILES_MATCHING PATTERN "*.so")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/conf/ DESTINATION ${CMAKE_INSTALL_DATADIR}/notifyhost)
