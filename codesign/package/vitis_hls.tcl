# SPDX-License-Identifier: Apache-2.0
# The same C++ by the vendor's compiler: C simulation, synthesis, co-simulation, IP. Vitis HLS 2020.2 or later:
#     vitis_hls -f vitis_hls.tcl           (from 2024.2 on: vitis-run --mode hls --tcl vitis_hls.tcl)
# All that depends on the design stands in settings.tcl.

set here [file dirname [file normalize [info script]]]
source [file join $here settings.tcl]
set ::env(CODESIGN_ROM_PATH) $here
cd $here

set flags "-std=c++14 -I[file join $here include]"
set vectors [file join $here vectors]

open_project -reset build
set_top $top
add_files [file join $here top.cpp] -cflags $flags
add_files -tb [file join $here tb.cpp] -cflags $flags
open_solution -reset solution -flow_target vivado
set_part $part
create_clock -period $clock_ns -name default
foreach rom $roms {
    lassign $rom function name
    # a row of the table is one word of the memory
    set_directive_array_reshape -type complete -dim 2 $function $name
}
csim_design -argv $vectors
csynth_design
cosim_design -rtl verilog -argv $vectors
export_design -format ip_catalog
exit
