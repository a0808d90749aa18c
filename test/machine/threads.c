/* A training job in miniature: as many threads as OMP_NUM_THREADS says, all at once. */
#include <omp.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
#pragma omp parallel
  {
    usleep(200000);
#pragma omp single
    printf("%d threads\n", omp_get_num_threads());
  }
  return 0;
}
