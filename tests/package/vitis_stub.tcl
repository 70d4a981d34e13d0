# SPDX-License-Identifier: Apache-2.0
# Stands in for Vitis HLS: the commands that hls/vitis_hls.tcl uses, in the order that the tool wants, with files and
# functions that exist. The C simulation compiles and runs the bench for real where $CODESIGN_STUB_GXX names a compiler.
#     tclsh vitis_stub.tcl -f SCRIPT

namespace eval stub {
    variable stages {}
    variable design {}
    variable bench {}
    variable flags {}
    variable top {}
}
proc stub::fail {text} { return -code error "stub: $text" }
proc stub::after {stage args} {
    variable stages
    foreach earlier $args {
        if {$earlier ni $stages} { fail "$stage before $earlier" }
    }
    lappend stages $stage
}
proc stub::value {words option} {
    if {$option ni $words} { fail "$option is missing in '$words'" }
    return [lindex $words [expr {[lsearch -exact $words $option] + 1}]]
}
# Fails on an option that is none of `valued` (a value follows) or `flags`.
proc stub::known {words valued {flags {}}} {
    for {set at 0} {$at < [llength $words]} {incr at} {
        set word [lindex $words $at]
        if {$word in $valued} {
            incr at
        } elseif {[string match {-*} $word] && $word ni $flags} {
            fail "unknown option $word"
        }
    }
}
proc stub::text {path} {
    set file [open $path]
    set text [read $file]
    close $file
    return $text
}

proc open_project {args} {
    stub::known $args {} -reset
    stub::after project
}
proc set_top {name} {
    stub::after top project
    set stub::top $name
}
proc add_files {args} {
    stub::known $args -cflags -tb
    stub::after files project
    set flags [stub::value $args -cflags]
    foreach flag $flags {
        if {[string match -I* $flag] && ![file isdirectory [string range $flag 2 end]]} { stub::fail "no folder $flag" }
    }
    set path [lindex $args [expr {"-tb" in $args}]]
    if {![file isfile $path]} { stub::fail "no file $path" }
    set stub::flags $flags
    if {"-tb" in $args} { set stub::bench $path } else { set stub::design $path }
}
proc open_solution {args} {
    stub::known $args -flow_target -reset
    stub::after solution files top
}
proc set_part {part} {
    stub::after part solution
    if {![string match xc* $part]} { stub::fail "no part $part" }
}
proc create_clock {args} {
    stub::known $args {-period -name}
    stub::after clock solution
    if {[stub::value $args -period] <= 0} { stub::fail "a clock period is more than 0" }
}
proc set_directive_array_reshape {args} {
    stub::known $args {-type -dim}
    stub::after directive solution
    lassign [lrange $args end-1 end] function name
    set text [stub::text $stub::design]
    if {![regexp "\\nvoid $function\\(\[^\\n\]*\\n\[^\\n\]*\\m$name\\M" $text]} { stub::fail "$function has no $name" }
}
proc csim_design {args} {
    stub::known $args -argv
    stub::after csim part clock
    set vectors [stub::value $args -argv]
    if {![file isdirectory $vectors]} { stub::fail "no folder $vectors" }
    if {![info exists ::env(CODESIGN_STUB_GXX)]} { return }
    set program [file join [pwd] csim.exe]
    set types [file join [file dirname $stub::design] include ap_types]
    exec {*}$::env(CODESIGN_STUB_GXX) {*}$stub::flags -w -I$types $stub::design $stub::bench -o $program
    puts [exec $program $vectors]
}
proc csynth_design {} {
    stub::after csynth part clock
    if {![string match "*\nvoid $stub::top\(*" [stub::text $stub::design]]} { stub::fail "no top $stub::top" }
}
proc cosim_design {args} {
    stub::known $args {-rtl -argv}
    stub::after cosim csynth csim
    if {![file isdirectory [stub::value $args -argv]]} { stub::fail "cosim without vectors" }
}
proc export_design {args} {
    stub::known $args -format
    stub::after export csynth
}
rename exit stub::leave
proc exit {} {
    puts "stages: $stub::stages"
    stub::leave 0
}

if {[lindex $argv 0] eq "-version"} {
    puts "Vitis HLS stub"
    stub::leave 0
}
if {[catch {source [stub::value $argv -f]} message]} {
    puts stderr "ERROR: $message"
    stub::leave 1
}
stub::leave 2
