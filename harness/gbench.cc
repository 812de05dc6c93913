// The C shim over Google Benchmark: one benchmark whose loop calls back, its results kept in memory.
// SPDX-License-Identifier: Apache-2.0
#include "harness/gbench.h"

#include <benchmark/benchmark.h>

namespace {

class Recorder : public benchmark::BenchmarkReporter {
public:
	bool failed = false, ran = false;
	gbench_time time = {0, 0, 0};

	bool ReportContext(const Context &) override { return true; }
	void ReportRuns(const std::vector<Run> &runs) override
	{
		for (const Run &run : runs) {
			if (run.run_type != Run::RT_Iteration || run.iterations <= 0)
				continue;
			const double n = static_cast<double>(run.iterations);
			ran = true;
			time.real_ns = run.real_accumulated_time / n * 1e9;
			time.cpu_ns = run.cpu_accumulated_time / n * 1e9;
			time.iterations = static_cast<uint64_t>(run.iterations);
		}
	}
};

}

extern "C" int gbench_measure(const struct gbench_work *work, double min_seconds, uint64_t iterations, struct gbench_time *time)
{
	int answer = 0;
	Recorder recorder;
	auto *b = benchmark::RegisterBenchmark("call", [&](benchmark::State &state) {
		work->begin(work->context);
		for (auto _ : state) {
			answer = work->call(work->context);
			if (__builtin_expect(answer != 0, 0)) {
				state.SkipWithError("the call failed");
				break;
			}
		}
		work->end(work->context);
	});
	b->UseRealTime()->MeasureProcessCPUTime();
	if (iterations)
		b->Iterations(static_cast<benchmark::IterationCount>(iterations));
	else
		b->MinTime(min_seconds);
	benchmark::RunSpecifiedBenchmarks(&recorder);
	benchmark::ClearRegisteredBenchmarks();
	if (answer)
		return answer;
	if (!recorder.ran)
		return -1;
	*time = recorder.time;
	return 0;
}

extern "C" const char *gbench_version(void)
{
#ifdef BENCHMARK_VERSION
	return BENCHMARK_VERSION;
#else
	return "not available";
#endif
}
