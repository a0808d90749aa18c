/* Uses some CPUs for some milliseconds, rests for some, and so on: `burner CPUS BUSY REST`. All burners that are given the
   same times are busy at the same time. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

int main(int count, char **words) {
  if (count != 4) return 64;
  long busy = atol(words[2]), rest = atol(words[3]);
#pragma omp parallel num_threads(atoi(words[1]))
  for (;;) {
    if (now() % (busy + rest) >= busy) usleep(10000);
  }
}
