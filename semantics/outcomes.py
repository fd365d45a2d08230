"""Labels that tell how a request ended, and the values that instrumentation writes into them."""

import re

STATUS = {
    *("code", "status", "statuscode", "httpcode", "httpstatus", "httpstatuscode", "httpresponsestatuscode"),
    *("responsecode", "responsestatus", "responsestatuscode", "statusclass", "codeclass", "statuscodeclass"),
    *("responsecodeclass", "envoyresponsecode", "envoyresponsecodeclass", "httpresponsecode", "returncode"),
    *(
        "class",
        "result",
        "outcome",
        "eventoutcome",
        "state",
        "returnstatus",
        "classification",
        "taskstate",
        "resultcode",
    ),
    *("grpccode", "grpcstatus", "grpcstatuscode", "rpcgrpcstatuscode", "grpcresponsestatus", "upstreamcode"),
    *(
        "rpcresponsestatuscode",
        "rpcstatuscode",
        "rcode",
        "conclusion",
        "proxystatus",
        "errorcode",
        "backendcode",
    ),
    *("level", "severity", "loglevel", "detectedlevel", "lvl", "completionstatus"),
}
PRESENCE = {"errortype", "exception", "exceptiontype", "exceptionname", "errorname", "exceptionclass"}
PRESENCE |= {"responseflags", "envoyresponseflags"}
"""Labels that are set where a request failed, and else empty or say none."""
FAILED_IF_TRUE = {"error", "failed", "failure", "iserror", "failing", "haserror"}
FAILED_IF_FALSE = {"success", "succeeded", "issuccess", "successful", "ok"}

CLIENT = ("400", "401", "403", "404", "409", "422", "429", "499", "4xx", "4XX", "4", "CLIENT_ERROR")
SERVER = ("500", "501", "502", "503", "504", "5xx", "5XX", "5", "SERVER_ERROR")
GRPC = (
    *("Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "Aborted"),
    *(
        "PermissionDenied",
        "ResourceExhausted",
        "FailedPrecondition",
        "OutOfRange",
        "Unimplemented",
        "Internal",
    ),
    *("Unavailable", "DataLoss", "Unauthenticated", "CANCELLED", "UNKNOWN", "DEADLINE_EXCEEDED", "INTERNAL"),
    *("RESOURCE_EXHAUSTED", "UNAVAILABLE", "UNIMPLEMENTED", "DATA_LOSS", "NOT_FOUND", "INVALID_ARGUMENT"),
)
WORDS = (
    *(
        "error",
        "err",
        "errors",
        "fail",
        "failed",
        "failure",
        "fatal",
        "critical",
        "exception",
        "timeout",
        "panic",
    ),
    *("ERROR", "FAILED", "FAILURE", "Error", "Failed", "Failure", "FATAL", "CRITICAL", "aborted", "rejected"),
    *(
        "server_error",
        "client_error",
        "internal_error",
        "servfail",
        "SERVFAIL",
        "dropped",
        "crit",
        "emerg",
        "alert",
    ),
    *(
        "serverError",
        "clientError",
        "systemError",
        "deadletter",
        "TIMEOUT",
        "crashed",
        "REVOKED",
        "throttled",
    ),
)
GOOD = (
    *(
        "200",
        "201",
        "202",
        "204",
        "206",
        "2xx",
        "2XX",
        "2",
        "OK",
        "Ok",
        "ok",
        "success",
        "succeeded",
        "Success",
    ),
    *(
        "SUCCESS",
        "Succeeded",
        "SUCCEEDED",
        "successful",
        "completed",
        "complete",
        "NOERROR",
        "info",
        "INFO",
        "debug",
    ),
)
NEUTRAL = (
    "100",
    "101",
    "301",
    "302",
    "304",
    "307",
    "1xx",
    "3xx",
    "3XX",
    "3",
    "1",
    "REDIRECTION",
    "INFORMATIONAL",
)
FAILURE_WORD = re.compile(r"(?i)(?<!no)(?<!no_)(?<!no-)(?:error|fail|exception|timeout|timed_?out|panic)")
GOOD_WORD = re.compile(r"(?i)(?<!un)(?:success|succeeded)|status_code_ok$")
GOOD_GRPC = ("OK", "Ok", "ok")
EXIT_CODES = {"returncode", "resultcode", "errorcode", "rcode"}
"""Codes of which 0 is the good one; where HTTP codes are written, 0 means that there was no response."""
NUMBERED_GRPC = tuple(str(code) for code in range(1, 17))
SOME_ERRORS = (
    "TimeoutError",
    "java.io.IOException",
    "500",
    "connection_refused",
    "UF",
    "UH",
    "UO",
    "UT",
    "NR",
)
NOTHING = ("", "none", "None", "null", "false", "unset", "-")
