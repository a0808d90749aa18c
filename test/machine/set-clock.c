/* Tells the kernel that its clock is synchronized, as a time service does: adjtimex(2). */
#include <sys/timex.h>

int main(void) {
  struct timex clock = {.modes = ADJ_MAXERROR | ADJ_STATUS, .maxerror = 0, .status = STA_PLL};
  return adjtimex(&clock) < 0;
}
