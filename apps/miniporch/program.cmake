# Asio speaks TLS through it.
list(APPEND PROGRAM_LIBRARIES OpenSSL::SSL)
