#ifndef EAGLE_CONNXRUNTIME_H
#define EAGLE_CONNXRUNTIME_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/* The part of ONNX Runtime's C API that we use.
 *
 * `OrtApi` is a table of function pointers to which versions only append; the slots below are those of the
 * public header, and are asserted in load.c. A status is null where all went well. */

typedef struct conn_status conn_status;
typedef struct conn_environment conn_environment;
typedef struct conn_session conn_session;
typedef struct conn_session_options conn_session_options;
typedef struct conn_value conn_value;
typedef struct conn_memory_info conn_memory_info;
typedef struct conn_type_info conn_type_info;
typedef struct conn_shape_info conn_shape_info;
typedef struct conn_allocator conn_allocator;

enum {
    conn_api_version = 13,
    conn_log_fatal = 4,
    conn_sequential = 0,
    conn_optimize_all = 99,
    conn_device_allocator = 0,
    conn_memory_default = 0,
    conn_element_float = 1,
    conn_type_tensor = 1,
};

typedef conn_status *_Nullable conn_result;

typedef struct {
    void *_Nullable reserved0[2];
    const char *_Nonnull (*_Nonnull getErrorMessage)(const conn_status *status);                                        /* 2 */
    conn_result (*_Nonnull createEnvironment)(int severity, const char *logID,
                                     conn_environment *_Nullable *_Nonnull out);                      /* 3 */
    void *_Nullable reserved4[4];
    conn_result (*_Nonnull createSessionFromArray)(const conn_environment *environment, const void *bytes, size_t count,
                                          const conn_session_options *options,
                                          conn_session *_Nullable *_Nonnull out);                     /* 8 */
    conn_result (*_Nonnull run)(conn_session *session, const void *_Nullable runOptions,
                       const char *_Nonnull const *_Nonnull inputNames,
                       const conn_value *_Nonnull const *_Nonnull inputs, size_t inputCount,
                       const char *_Nonnull const *_Nonnull outputNames, size_t outputCount,
                       conn_value *_Nullable *_Nonnull outputs);                                      /* 9 */
    conn_result (*_Nonnull createSessionOptions)(conn_session_options *_Nullable *_Nonnull out);               /* 10 */
    void *_Nullable reserved11[2];
    conn_result (*_Nonnull setExecutionMode)(conn_session_options *options, int mode);                         /* 13 */
    void *_Nullable reserved14[3];
    conn_result (*_Nonnull disableMemoryPattern)(conn_session_options *options);                               /* 17 */
    void *_Nullable reserved18[1];
    conn_result (*_Nonnull disableCPUArena)(conn_session_options *options);                                    /* 19 */
    void *_Nullable reserved20[3];
    conn_result (*_Nonnull setGraphOptimizationLevel)(conn_session_options *options, int level);               /* 23 */
    conn_result (*_Nonnull setIntraOpThreadCount)(conn_session_options *options, int count);                   /* 24 */
    conn_result (*_Nonnull setInterOpThreadCount)(conn_session_options *options, int count);                   /* 25 */
    void *_Nullable reserved26[4];
    conn_result (*_Nonnull sessionGetInputCount)(const conn_session *session, size_t *out);                    /* 30 */
    conn_result (*_Nonnull sessionGetOutputCount)(const conn_session *session, size_t *out);                   /* 31 */
    void *_Nullable reserved32[1];
    conn_result (*_Nonnull sessionGetInputTypeInfo)(const conn_session *session, size_t index,
                                           conn_type_info *_Nullable *_Nonnull out);                  /* 33 */
    conn_result (*_Nonnull sessionGetOutputTypeInfo)(const conn_session *session, size_t index,
                                            conn_type_info *_Nullable *_Nonnull out);                 /* 34 */
    void *_Nullable reserved35[1];
    conn_result (*_Nonnull sessionGetInputName)(const conn_session *session, size_t index, conn_allocator *allocator,
                                       char *_Nullable *_Nonnull out);                                /* 36 */
    conn_result (*_Nonnull sessionGetOutputName)(const conn_session *session, size_t index, conn_allocator *allocator,
                                        char *_Nullable *_Nonnull out);                               /* 37 */
    void *_Nullable reserved38[11];
    conn_result (*_Nonnull createTensorWithData)(const conn_memory_info *info, void *data, size_t byteCount,
                                        const int64_t *shape, size_t rank, int elementType,
                                        conn_value *_Nullable *_Nonnull out);                         /* 49 */
    void *_Nullable reserved50[5];
    conn_result (*_Nonnull castTypeInfoToShapeInfo)(const conn_type_info *info,
                                           const conn_shape_info *_Nullable *_Nonnull out);           /* 55 */
    conn_result (*_Nonnull getTypeFromTypeInfo)(const conn_type_info *info, int *out);                         /* 56 */
    void *_Nullable reserved57[3];
    conn_result (*_Nonnull getElementType)(const conn_shape_info *info, int *out);                             /* 60 */
    conn_result (*_Nonnull getRank)(const conn_shape_info *info, size_t *out);                                 /* 61 */
    conn_result (*_Nonnull getDimensions)(const conn_shape_info *info, int64_t *out, size_t rank);             /* 62 */
    void *_Nullable reserved63[6];
    conn_result (*_Nonnull createCPUMemoryInfo)(int allocatorType, int memoryType,
                                       conn_memory_info *_Nullable *_Nonnull out);                    /* 69 */
    void *_Nullable reserved70[6];
    conn_result (*_Nonnull allocatorFree)(conn_allocator *allocator, void *_Nullable pointer);                 /* 76 */
    void *_Nullable reserved77[1];
    conn_result (*_Nonnull getDefaultAllocator)(conn_allocator *_Nullable *_Nonnull out);                      /* 78 */
    void *_Nullable reserved79[13];
    void (*_Nonnull releaseEnvironment)(conn_environment *_Nullable environment);                              /* 92 */
    void (*_Nonnull releaseStatus)(conn_status *_Nullable status);                                             /* 93 */
    void (*_Nonnull releaseMemoryInfo)(conn_memory_info *_Nullable info);                                      /* 94 */
    void (*_Nonnull releaseSession)(conn_session *_Nullable session);                                          /* 95 */
    void (*_Nonnull releaseValue)(conn_value *_Nullable value);                                                /* 96 */
    void *_Nullable reserved97[1];
    void (*_Nonnull releaseTypeInfo)(conn_type_info *_Nullable info);                                          /* 98 */
    void *_Nullable reserved99[1];
    void (*_Nonnull releaseSessionOptions)(conn_session_options *_Nullable options);                           /* 100 */
} conn_api;

typedef enum {
    conn_load_done,
    conn_load_cannot_open,
    conn_load_symbol_missing,
    conn_load_too_old,
} conn_load_result;

/* Opens the library at `path` for as long as the process runs; gives its table of functions and its version.
 *
 * `detail` receives the loader's words, the name of the missing function, or the version that is too old. */
conn_load_result conn_load(const char *path, const conn_api *_Nullable *_Nonnull api,
                           const char *_Nullable *_Nonnull version, char *detail, size_t detailLength);

/* Gives freed memory back to the system, where the C library knows how. */
void conn_trim_memory(void);

/* Bytes that the C library's allocator has handed out and not got back; 0 where it can't tell. */
size_t conn_allocated_bytes(void);

#pragma clang assume_nonnull end

#endif
