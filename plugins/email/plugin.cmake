# TLS is OpenSSL itself, not Poco::NetSSL: TlsSession.h says why.
list(APPEND PLUGIN_LIBRARIES OpenSSL::SSL OpenSSL::Crypto ${IDN2_LIBRARY})
