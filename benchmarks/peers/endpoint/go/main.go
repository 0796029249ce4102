// Go's net/netip parser on the corpora: prints "parser, corpus, nanoseconds per row (median slice of 20,000 rows), 0".
package main

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"sort"
	"strings"
	"syscall"
	"unsafe"
)

const slice = 20000

func main() {
	runtime.LockOSThread()
	for _, name := range []string{"a", "b", "c", "d", "ds"} {
		text, err := os.ReadFile(os.Args[1] + "/" + name + ".txt")
		if err != nil {
			panic(err)
		}
		rows := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		sum := 0
		for i := 0; i < 5; i++ {
			sum += work(rows[:slice])
		}
		var slices []float64
		for i := 0; i+slice <= len(rows); i += slice {
			start := threadTime()
			sum += work(rows[i : i+slice])
			slices = append(slices, float64(threadTime()-start)/slice)
		}
		sort.Float64s(slices)
		if sum == 0 {
			panic("nothing was read")
		}
		fmt.Printf("Go %s netip.ParseAddrPort utf8\t%s\t%.2f\t0\n", strings.TrimPrefix(runtime.Version(), "go"), name, slices[len(slices)/2])
	}
}

// The processor time of this thread in nanoseconds (CLOCK_THREAD_CPUTIME_ID); main holds its thread.
func threadTime() int64 {
	var time syscall.Timespec
	if _, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, 3, uintptr(unsafe.Pointer(&time)), 0); errno != 0 {
		panic(errno)
	}
	return time.Nano()
}

//go:noinline
func work(rows []string) int {
	sum := 0
	for _, row := range rows {
		endpoint, err := netip.ParseAddrPort(row)
		if err != nil {
			panic(err)
		}
		sum += int(endpoint.Port())
	}
	return sum
}
