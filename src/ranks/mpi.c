/* The only interface to MPI. It loads the library when there are other ranks, and looks up its functions
 * by name, so a program that runs alone neither needs MPI nor waits for it. Handles
 * such as MPI_COMM_WORLD are the addresses of objects in Open MPI's library. */
#include "ranks/ranks_private.h"

#include "base/error.h"
#include "config.h"

#if SOW_HAVE_MPI

#include <dlfcn.h>
#include <mpi.h>
#include <stdbool.h>
#include <string.h>

#define LIBRARY "libmpi.so.40"

static struct {
	int (*init)(int *argc, char ***argv, int wanted, int *given);
	int (*finalize)(void);
	int (*rank)(MPI_Comm comm, int *rank);
	int (*size)(MPI_Comm comm, int *size);
	int (*allgather)(const void *out, int count, MPI_Datatype type, void *in, int in_count,
			 MPI_Datatype in_type, MPI_Comm comm);
	int (*alltoall)(const void *out, const int *out_len, const int *out_at, MPI_Datatype type, void *in,
			const int *in_len, const int *in_at, MPI_Datatype in_type, MPI_Comm comm);
	MPI_Comm world;
	MPI_Datatype byte;
} mpi;

/* MPI itself ends the job on an error: its default error handler. */

static void allgather(void *data, const void *own, size_t len, void *all)
{
	(void)data;
	mpi.allgather(own, (int)len, mpi.byte, all, (int)len, mpi.byte, mpi.world);
}

static void alltoall(void *data, const void *out, const int *out_len, const int *out_at, void *in,
		     const int *in_len, const int *in_at)
{
	(void)data;
	mpi.alltoall(out, out_len, out_at, mpi.byte, in, in_len, in_at, mpi.byte, mpi.world);
}

static void leave(void *data)
{
	(void)data;
	mpi.finalize();
}

static const struct ranks_transport by_mpi = { allgather, alltoall, leave };

/* ISO C allows no cast from an object's address to a function's. */
static bool find(void *library, const char *name, void *address)
{
	void *found = dlsym(library, name);
	memcpy(address, &found, sizeof(found));
	return found != NULL;
}

static bool load(void)
{
	/* RTLD_GLOBAL: for the parts that it loads itself */
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_GLOBAL);
	return library && find(library, "MPI_Init_thread", &mpi.init) &&
	       find(library, "MPI_Finalize", &mpi.finalize) &&
	       find(library, "MPI_Comm_rank", &mpi.rank) &&
	       find(library, "MPI_Comm_size", &mpi.size) &&
	       find(library, "MPI_Allgather", &mpi.allgather) &&
	       find(library, "MPI_Alltoallv", &mpi.alltoall) &&
	       find(library, "ompi_mpi_comm_world", &mpi.world) &&
	       find(library, "ompi_mpi_byte", &mpi.byte);
}

struct ranks *ranks_new_mpi(struct sow_error *err)
{
	int given = 0, rank = 0, count = 1;
	if (!load()) {
		error_set(err, SOW_MISSING, "cannot load Open MPI (" LIBRARY "), whose mpirun is also needed: %s",
			  dlerror());
		return NULL;
	}
	if (mpi.init(NULL, NULL, MPI_THREAD_FUNNELED, &given) || given < MPI_THREAD_FUNNELED) {
		error_set(err, SOW_MISSING, "MPI cannot be started beside threads");
		return NULL;
	}
	mpi.rank(mpi.world, &rank);
	mpi.size(mpi.world, &count);
	struct ranks *r = ranks_new(&by_mpi, NULL, (size_t)rank, (size_t)count);
	if (!r)
		error_nomem(err);
	return r;
}

#else

struct ranks *ranks_new_mpi(struct sow_error *err)
{
	error_set(err, SOW_MISSING, "this sow was built without MPI; build it where Open MPI is (libopenmpi-dev)");
	return NULL;
}

#endif
