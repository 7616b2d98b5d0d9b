// The messages of access control lists.
#ifndef MESOS_AUTHORIZER_ACLS_HPP
#define MESOS_AUTHORIZER_ACLS_HPP

#include <mesos/authorizer/acls.pb.h>

#endif
