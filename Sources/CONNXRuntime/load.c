#include "CONNXRuntime.h"

#include <dlfcn.h>
#include <stdio.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#define ASSERT_SLOT(member, slot) \
    _Static_assert(offsetof(conn_api, member) == (slot) * sizeof(void *), #member " is not in slot " #slot)

ASSERT_SLOT(getErrorMessage, 2);
ASSERT_SLOT(createEnvironment, 3);
ASSERT_SLOT(createSessionFromArray, 8);
ASSERT_SLOT(run, 9);
ASSERT_SLOT(createSessionOptions, 10);
ASSERT_SLOT(setExecutionMode, 13);
ASSERT_SLOT(disableMemoryPattern, 17);
ASSERT_SLOT(disableCPUArena, 19);
ASSERT_SLOT(setGraphOptimizationLevel, 23);
ASSERT_SLOT(setIntraOpThreadCount, 24);
ASSERT_SLOT(setInterOpThreadCount, 25);
ASSERT_SLOT(sessionGetInputCount, 30);
ASSERT_SLOT(sessionGetOutputCount, 31);
ASSERT_SLOT(sessionGetInputTypeInfo, 33);
ASSERT_SLOT(sessionGetOutputTypeInfo, 34);
ASSERT_SLOT(sessionGetInputName, 36);
ASSERT_SLOT(sessionGetOutputName, 37);
ASSERT_SLOT(createTensorWithData, 49);
ASSERT_SLOT(castTypeInfoToShapeInfo, 55);
ASSERT_SLOT(getTypeFromTypeInfo, 56);
ASSERT_SLOT(getElementType, 60);
ASSERT_SLOT(getRank, 61);
ASSERT_SLOT(getDimensions, 62);
ASSERT_SLOT(createCPUMemoryInfo, 69);
ASSERT_SLOT(allocatorFree, 76);
ASSERT_SLOT(getDefaultAllocator, 78);
ASSERT_SLOT(releaseEnvironment, 92);
ASSERT_SLOT(releaseStatus, 93);
ASSERT_SLOT(releaseMemoryInfo, 94);
ASSERT_SLOT(releaseSession, 95);
ASSERT_SLOT(releaseValue, 96);
ASSERT_SLOT(releaseTypeInfo, 98);
ASSERT_SLOT(releaseSessionOptions, 100);

typedef struct {
    const void *(*getApi)(uint32_t version);
    const char *(*getVersionString)(void);
} conn_api_base;

conn_load_result conn_load(const char *path, const conn_api **api, const char **version, char *detail,
                           size_t detailLength) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *reason = dlerror();
        snprintf(detail, detailLength, "%s", reason == NULL ? "unknown reason" : reason);
        return conn_load_cannot_open;
    }
    const conn_api_base *(*getBase)(void) = (const conn_api_base *(*)(void))dlsym(library, "OrtGetApiBase");
    if (getBase == NULL) {
        snprintf(detail, detailLength, "OrtGetApiBase");
        dlclose(library);
        return conn_load_symbol_missing;
    }
    const conn_api_base *base = getBase();
    *version = base->getVersionString();
    *api = base->getApi(conn_api_version);
    if (*api == NULL) {
        snprintf(detail, detailLength, "%s", *version);
        dlclose(library);
        return conn_load_too_old;
    }
    return conn_load_done;
}

void conn_trim_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

size_t conn_allocated_bytes(void) {
#ifdef __GLIBC__
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}
