"""The native SIP engine; nothing outside this folder touches a pjsua2 object."""
