# SPDX-License-Identifier: Apache-2.0
# Stands in for Vivado: the commands that board/vivado.tcl uses, and no others. Each checks what it is given against
# what was made before: cells, their configurations, pins, nets, files, runs. What was built is written as lines of
# text to the file that $CODESIGN_STUB_LOG names.
#     tclsh vivado_stub.tcl -mode batch -nolog -nojournal -source SCRIPT

namespace eval stub {
    variable options {board_files installed slack 0.25 progress 100%}
    variable projects {}       ;# open projects, the current one last
    variable project {}        ;# properties of the current project
    variable files {}          ;# file name -> properties, of the current project
    variable packaged {}       ;# IP name -> {dict of interfaces, dict of pins}
    variable saved {}          ;# folders with a packaged IP
    variable repositories {}   ;# those that the catalogue shows
    variable cells {}          ;# cell -> IP
    variable configs {}        ;# cell -> {parameter value ...}
    variable buses {}          ;# interface pin -> interface pin joined to it
    variable drivers {}        ;# pin -> the pin that drives it
    variable addresses {}      ;# slave -> {offset range}
    variable mapped 0
    variable stages {}         ;# what was done, in order
}
namespace eval ipx {}
if {[info exists ::env(CODESIGN_STUB_OPTIONS)]} {
    set stub::options [dict merge $stub::options $::env(CODESIGN_STUB_OPTIONS)]
}

proc stub::fail {text} { return -code error "stub: $text" }
proc stub::done {stage} { variable stages; lappend stages $stage }
proc stub::need {stage} {
    variable stages
    if {$stage ni $stages} { fail "'$stage' must come first" }
}
proc stub::option {name} { variable options; return [dict get $options $name] }

# Splits arguments into options with a value, flags, and the rest; an unknown option fails.
proc stub::arguments {words valued flags} {
    set given {}
    set rest {}
    for {set at 0} {$at < [llength $words]} {incr at} {
        set word [lindex $words $at]
        if {$word in $valued} {
            dict set given $word [lindex $words [incr at]]
        } elseif {$word in $flags} {
            dict set given $word 1
        } elseif {[string match {-[a-z]*} $word]} {
            fail "unknown option $word"
        } else {
            lappend rest $word
        }
    }
    return [list $given $rest]
}

# ---- projects and files ----------------------------------------------------------------------------------------

proc version {option} {
    if {$option ne "-short"} { stub::fail "version $option" }
    return 0.0-stub
}
proc create_project {args} {
    lassign [stub::arguments $args -part -force] given rest
    lassign $rest name folder
    if {![dict exists $given -part]} { stub::fail "create_project without -part" }
    file mkdir $folder
    set stub::project [dict create NAME $name DIRECTORY $folder PART [dict get $given -part]]
    set stub::files {}
    lappend stub::projects $name
}
proc close_project {} {
    if {[llength $stub::projects] == 0} { stub::fail "no project is open" }
    set stub::projects [lrange $stub::projects 0 end-1]
}
proc current_project {} { return project:[lindex $stub::projects end] }
proc current_fileset {} { return fileset:sources_1 }
proc add_files {args} {
    lassign [stub::arguments $args {} -norecurse] given rest
    foreach path $rest {
        if {![file isfile $path]} { stub::fail "no file $path" }
        dict set stub::files [file tail $path] [dict create path $path]
    }
}
proc get_files {name} {
    if {![dict exists $stub::files $name]} { stub::fail "the project has no file $name" }
    return file:$name
}
proc update_compile_order {args} { stub::arguments $args -fileset {} }

proc set_property {args} {
    lassign [stub::arguments $args -dict {}] given rest
    if {[dict exists $given -dict]} {
        lassign $rest object
        foreach {name value} [dict get $given -dict] { stub::set_one $name $value $object }
    } else {
        stub::set_one {*}$rest
    }
}
proc stub::set_one {name value object} {
    variable cells
    variable project
    variable files
    variable configs
    switch -glob $object {
        project:* {
            if {$name ni {board_part ip_repo_paths}} { fail "a project has no property $name" }
            if {$name eq "board_part"} { require_board $value }
            dict set project $name $value
        }
        fileset:* {
            if {$name ne "top"} { fail "a file set has no property $name" }
            dict set project top $value
        }
        file:* { dict set files [string range $object 5 end] $name $value }
        core:* {
            if {$name ni {name version display_name}} { fail "a core has no property $name" }
        }
        cell:* {
            set cell [string range $object 5 end]
            set parameter [string range $name 7 end]
            if {![string match CONFIG.* $name] || $parameter ni [parameters [dict get $cells $cell]]} {
                fail "[dict get $cells $cell] has no property $name"
            }
            dict set configs $cell $parameter $value
        }
        default { fail "set_property on '$object'" }
    }
}
proc get_property {name object} {
    switch -glob $object {
        project:* { return [dict get $stub::project $name] }
        run:* {
            return [dict get [dict create PROGRESS [stub::option progress] STATUS {write_bitstream} \
                DIRECTORY [file join [dict get $stub::project DIRECTORY] overlay.runs impl_1]] $name]
        }
        path:* { return [stub::option slack] }
        cell:* {
            if {![string match CONFIG.*ACT*FREQMHZ $name]} { stub::fail "get_property $name" }
            return 125.000000
        }
        default { stub::fail "get_property on '$object'" }
    }
}

# ---- packaging -------------------------------------------------------------------------------------------------

proc ipx::package_project {args} {
    lassign [stub::arguments $args {-root_dir -vendor -library -taxonomy} -import_files] given rest
    set top [dict get $stub::project top]
    if {![dict exists $stub::files $top.v]} { stub::fail "the top $top is not a Verilog file of the project" }
    foreach {name properties} $stub::files {
        set kind [expr {[dict exists $properties file_type] ? [dict get $properties file_type] : ""}]
        if {[file extension $name] eq ".hex" && $kind ne "Memory Initialization Files"} {
            stub::fail "$name is no memory image yet"
        }
    }
    dict set stub::packaged $top [stub::read_module [dict get $stub::files $top.v path]]
    file mkdir [dict get $given -root_dir]
    dict set stub::project root [dict get $given -root_dir]
}
proc ipx::current_core {} { return core:[dict get $stub::project top] }
proc ipx::get_bus_interfaces {name option core} {
    if {$option ne "-of_objects"} { stub::fail "get_bus_interfaces $option" }
    set interfaces [lindex [dict get $stub::packaged [string range $core 5 end]] 0]
    return [expr {[dict exists $interfaces $name] ? "bus:$name" : ""}]
}
foreach command {create_xgui_files update_checksums check_integrity} {
    proc ipx::$command {core} { ipx::current_core }
}
proc ipx::save_core {core} {
    lappend stub::saved [dict get $stub::project root]
    stub::done packaged
}

# Interfaces by the names of ports, as Vivado infers them; a stream needs data, valid and ready. Returns
# {interfaces: name -> {mode protocol bits}, pins: name -> direction}.
proc stub::read_module {path} {
    set file [open $path]
    set text [read $file]
    close $file
    set ports {}
    foreach {- way high name} [regexp -all -inline {\m(input|output)\s+wire\s+(?:\[(\d+):0\]\s*)?(\w+)} $text] {
        dict set ports $name [list $way [expr {$high eq "" ? 1 : $high + 1}]]
    }
    set interfaces {}
    set pins {}
    foreach {name port} $ports {
        lassign $port way bits
        if {[regexp {^((s|m)_axis_\w+)_tdata$} $name - bus side]} {
            foreach signal {tvalid tready} {
                if {![dict exists $ports ${bus}_$signal]} { fail "$bus has no $signal" }
            }
            set mode [expr {$side eq "s" ? "slave" : "master"}]
            if {$way ne ($side eq "s" ? "input" : "output")} { fail "$name points the wrong way" }
            dict set interfaces $bus [list $mode axis $bits]
        } elseif {[regexp {^(s_axi_\w+)_awaddr$} $name - bus]} {
            dict set interfaces $bus [list slave axi 32]
        } elseif {$name in {aclk aresetn}} {
            dict set pins $name $way
        }
    }
    foreach interface {{clock:1.0 aclk CLK} {reset:1.0 aresetn RST}} {
        if {![string match "*X_INTERFACE_INFO = \"xilinx.com:signal:$interface\"*" $text]} { fail "no $interface" }
    }
    if {![regexp {ASSOCIATED_BUSIF ([\w:]+), ASSOCIATED_RESET aresetn} $text - buses]} { fail "aclk has no buses" }
    if {[lsort [split $buses :]] ne [lsort [dict keys $interfaces]]} {
        fail "aclk goes with $buses, the module has [dict keys $interfaces]"
    }
    return [list $interfaces $pins]
}

# ---- the catalogue: parameters, interface pins {mode protocol bits}, pins --------------------------------------

proc stub::config {cell name default} {
    variable configs
    if {[dict exists $configs $cell $name]} { return [dict get $configs $cell $name] }
    return $default
}
proc stub::parameters {ip} {
    switch $ip {
        processing_system7 {
            return {PCW_USE_M_AXI_GP0 PCW_USE_S_AXI_HP0 PCW_S_AXI_HP0_DATA_WIDTH PCW_FPGA0_PERIPHERAL_FREQMHZ}
        }
        zynq_ultra_ps_e {
            return {PSU__USE__M_AXI_GP0 PSU__USE__M_AXI_GP1 PSU__USE__M_AXI_GP2 PSU__USE__S_AXI_GP2
                PSU__SAXIGP2__DATA_WIDTH PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ}
        }
        axi_dma {
            return {c_include_sg c_sg_length_width c_addr_width c_include_mm2s c_include_s2mm c_m_axi_mm2s_data_width
                c_m_axis_mm2s_tdata_width c_mm2s_burst_size c_m_axi_s2mm_data_width c_s_axis_s2mm_tdata_width
                c_s2mm_burst_size}
        }
        smartconnect { return {NUM_SI NUM_MI NUM_CLKS} }
        axi_interconnect { return {NUM_SI NUM_MI} }
        proc_sys_reset { return {} }
        default { return {} }
    }
}
proc stub::interfaces {cell} {
    variable cells
    variable packaged
    set ip [dict get $cells $cell]
    if {[dict exists $packaged $ip]} { return [lindex [dict get $packaged $ip] 0] }
    set found {}
    switch $ip {
        processing_system7 {
            if {[config $cell PCW_USE_M_AXI_GP0 1]} { dict set found M_AXI_GP0 {master axi 32} }
            if {[config $cell PCW_USE_S_AXI_HP0 0]} {
                dict set found S_AXI_HP0 [list slave axi [config $cell PCW_S_AXI_HP0_DATA_WIDTH 64]]
            }
        }
        zynq_ultra_ps_e {
            if {[config $cell PSU__USE__M_AXI_GP0 1]} { dict set found M_AXI_HPM0_FPD {master axi 128} }
            if {[config $cell PSU__USE__M_AXI_GP2 1]} { dict set found M_AXI_HPM0_LPD {master axi 128} }
            if {[config $cell PSU__USE__S_AXI_GP2 0]} {
                dict set found S_AXI_HP0_FPD [list slave axi [config $cell PSU__SAXIGP2__DATA_WIDTH 128]]
            }
        }
        axi_dma {
            dict set found S_AXI_LITE {slave axi 32}
            foreach {side stream way} {mm2s M_AXIS_MM2S master s2mm S_AXIS_S2MM slave} {
                if {![config $cell c_include_$side 1]} { continue }
                set memory [config $cell c_m_axi_${side}_data_width 32]
                set bits [config $cell c_[string tolower $stream]_tdata_width 32]
                if {$bits ni {8 16 32 64 128 256 512 1024}} { fail "axi_dma: a stream of $bits bits" }
                if {$memory ni {32 64 128 256 512 1024} || $memory < $bits} { fail "axi_dma: $memory under $bits bits" }
                dict set found M_AXI_[string toupper $side] [list master axi $memory]
                dict set found $stream [list $way axis $bits]
            }
            if {[config $cell c_include_sg 1]} { dict set found M_AXI_SG {master axi 32} }
        }
        smartconnect - axi_interconnect {
            for {set at 0} {$at < [config $cell NUM_SI 1]} {incr at} {
                dict set found [format S%02d_AXI $at] {slave axi any}
            }
            for {set at 0} {$at < [config $cell NUM_MI 1]} {incr at} {
                dict set found [format M%02d_AXI $at] {master axi any}
            }
        }
    }
    return $found
}
proc stub::pins {cell} {
    variable cells
    variable packaged
    set ip [dict get $cells $cell]
    if {[dict exists $packaged $ip]} { return [lindex [dict get $packaged $ip] 1] }
    switch $ip {
        processing_system7 {
            set found {FCLK_CLK0 output FCLK_RESET0_N output}
            if {[config $cell PCW_USE_M_AXI_GP0 1]} { dict set found M_AXI_GP0_ACLK input }
            if {[config $cell PCW_USE_S_AXI_HP0 0]} { dict set found S_AXI_HP0_ACLK input }
        }
        zynq_ultra_ps_e {
            set found {pl_clk0 output pl_resetn0 output}
            if {[config $cell PSU__USE__M_AXI_GP0 1]} { dict set found maxihpm0_fpd_aclk input }
            if {[config $cell PSU__USE__M_AXI_GP2 1]} { dict set found maxihpm0_lpd_aclk input }
            if {[config $cell PSU__USE__S_AXI_GP2 0]} { dict set found saxihp0_fpd_aclk input }
        }
        proc_sys_reset {
            set found {slowest_sync_clk input ext_reset_in input peripheral_aresetn output interconnect_aresetn output}
        }
        axi_dma {
            set found {s_axi_lite_aclk input axi_resetn input}
            foreach side {mm2s s2mm} {
                if {[config $cell c_include_$side 1]} { dict set found m_axi_${side}_aclk input }
            }
        }
        smartconnect { set found {aclk input aresetn input} }
        axi_interconnect {
            set found {ACLK input ARESETN input}
            foreach bus [dict keys [interfaces $cell]] {
                set side [string range $bus 0 2]
                dict set found ${side}_ACLK input
                dict set found ${side}_ARESETN input
            }
        }
    }
    return $found
}

# ---- the block design ------------------------------------------------------------------------------------------

proc get_board_parts {args} {
    lassign [stub::arguments $args {} -quiet] given rest
    if {[stub::option board_files] ne "installed"} { return {} }
    set all {tul.com.tw:pynq-z2:part0:1.0 www.digilentinc.com:pynq-z1:part0:1.0 em.avnet.com:zed:part0:1.4
        avnet.com:ultra96v2:part0:1.1 avnet.com:ultra96v2:part0:1.2 xilinx.com:zcu104:part0:1.1
        xilinx.com:kv260_som:part0:1.4 xilinx.com:kv260_som:part0:1.10}
    return [lsearch -all -inline -glob $all [lindex $rest 0]]
}
proc stub::require_board {name} {
    if {$name ni [get_board_parts $name]} { fail "no board part $name" }
}
proc update_ip_catalog {} {
    foreach folder [dict get $stub::project ip_repo_paths] {
        if {$folder ni $stub::saved} { stub::fail "no IP was saved in $folder" }
        lappend stub::repositories $folder
    }
}
proc get_ipdefs {args} {
    lassign [stub::arguments $args -filter -all] given rest
    if {![regexp {^NAME == (\w+) && UPGRADE_VERSIONS == ""$} [dict get $given -filter] - name]} {
        stub::fail "filter [dict get $given -filter]"
    }
    set own [expr {[llength $stub::repositories] > 0 ? [dict keys $stub::packaged] : {}}]
    if {$name in $own} { return codesign:user:$name:1.0 }
    set known {processing_system7 zynq_ultra_ps_e axi_dma smartconnect axi_interconnect proc_sys_reset}
    return [expr {$name in $known ? "xilinx.com:ip:$name:1.0" : ""}]
}
proc create_bd_design {name} { stub::done "design $name" }
proc create_bd_cell {args} {
    lassign [stub::arguments $args {-type -vlnv} {}] given rest
    stub::need "design overlay"
    set name [lindex $rest 0]
    if {[dict get $given -type] ne "ip"} { stub::fail "a cell of type [dict get $given -type]" }
    if {[dict exists $stub::cells $name]} { stub::fail "there is a cell $name" }
    dict set stub::cells $name [lindex [split [dict get $given -vlnv] :] 2]
    return cell:$name
}
proc get_bd_cells {name} {
    if {![dict exists $stub::cells $name]} { stub::fail "no cell $name" }
    return cell:$name
}
proc apply_bd_automation {args} {
    lassign [stub::arguments $args {-rule -config} {}] given rest
    set ip [dict get $stub::cells [string range [lindex $rest 0] 5 end]]
    if {[dict get $given -rule] ne "xilinx.com:bd_rule:$ip"} { stub::fail "rule [dict get $given -rule] on $ip" }
    if {[dict get $given -config apply_board_preset] ne "1"} { stub::fail "no board preset" }
    if {![dict exists $stub::project board_part]} { stub::fail "a board preset without a board" }
    stub::done automation
}
proc get_bd_intf_pins {path} { return intf:[stub::pin $path interfaces "interface pin"] }
proc get_bd_pins {path} { return pin:[stub::pin $path pins pin] }
proc stub::pin {path kind words} {
    variable cells
    lassign [split $path /] cell name
    if {![dict exists $cells $cell]} { fail "no cell $cell" }
    set found [$kind $cell]
    if {![dict exists $found $name]} { fail "$cell has no $words $name; it has [dict keys $found]" }
    return $path
}
proc stub::interface {object} {
    if {![string match intf:* $object]} { fail "$object is no interface pin" }
    lassign [split [string range $object 5 end] /] cell name
    return [dict get [interfaces $cell] $name]
}
proc connect_bd_intf_net {one two} {
    lassign [stub::interface $one] mode protocol bits
    lassign [stub::interface $two] other_mode other_protocol other_bits
    if {$mode eq $other_mode || $protocol ne $other_protocol} { stub::fail "$one and $two do not fit" }
    if {$bits ne $other_bits && "any" ni [list $bits $other_bits]} { stub::fail "$one: $bits bits, $two: $other_bits" }
    foreach {from to} [list $one $two $two $one] {
        if {[dict exists $stub::buses $from]} { stub::fail "$from is joined already" }
        dict set stub::buses $from $to
    }
}
proc connect_bd_net {from to} {
    foreach {object wanted} [list $from output $to input] {
        if {![string match pin:* $object]} { stub::fail "$object is no pin" }
        lassign [split [string range $object 4 end] /] cell name
        if {[dict get [stub::pins $cell] $name] ne $wanted} { stub::fail "$object is no $wanted" }
    }
    if {[dict exists $stub::drivers $to]} { stub::fail "$to is driven already" }
    dict set stub::drivers $to $from
}
proc get_bd_addr_spaces {path} {
    if {$path ne "processor/Data"} { stub::fail "no address space $path" }
    return space:$path
}
proc get_bd_addr_segs {option pin} {
    if {$option ne "-of_objects" || [lindex [stub::interface $pin] 0] ne "slave"} { stub::fail "no segments: $pin" }
    return segment:$pin
}
proc assign_bd_address {args} {
    lassign [stub::arguments $args {-offset -range -target_address_space} {}] given rest
    if {[llength $args] == 0} {
        set stub::mapped 1
        return
    }
    set offset [dict get $given -offset]
    foreach {slave place} $stub::addresses {
        if {abs([lindex $place 0] - $offset) < 0x10000} { stub::fail "$rest overlaps $slave" }
    }
    dict set stub::addresses [lindex $rest 0] [list $offset [dict get $given -range]]
}
# All that a DRC would find: every interface and input joined, every slave of the control bus with an address.
proc validate_bd_design {} {
    if {!$stub::mapped} { stub::fail "addresses of memory are missing" }
    foreach cell [dict keys $stub::cells] {
        foreach name [dict keys [stub::interfaces $cell]] {
            if {![dict exists $stub::buses intf:$cell/$name]} { stub::fail "$cell/$name is not connected" }
        }
        foreach {name way} [stub::pins $cell] {
            if {$way eq "input" && ![dict exists $stub::drivers pin:$cell/$name]} { stub::fail "$cell/$name floats" }
        }
    }
    foreach cell [dict keys $stub::cells] {
        foreach name [dict keys [stub::interfaces $cell]] {
            set slave intf:$cell/$name
            if {$name ni {s_axi_ctrl S_AXI_LITE} || [dict exists $stub::addresses segment:$slave]} { continue }
            stub::fail "$cell/$name has no address"
        }
    }
    stub::done validated
}
proc save_bd_design {} {
    stub::need validated
    dict set stub::files overlay.bd {path overlay.bd}
}

# ---- runs and reports ------------------------------------------------------------------------------------------

proc make_wrapper {args} {
    lassign [stub::arguments $args -files {-top -import}] given rest
    if {[dict get $given -files] ne "file:overlay.bd" || ![dict exists $given -top]} { stub::fail "make_wrapper $args" }
    stub::done wrapper
}
proc generate_target {what object} {
    if {$what ne "all" || $object ne "file:overlay.bd"} { stub::fail "generate_target $what $object" }
    stub::write overlay.gen/sources_1/bd/overlay/hw_handoff/overlay.hwh "<stub/>"
    stub::done generated
}
proc stub::write {path text} {
    variable project
    set path [file join [dict get $project DIRECTORY] $path]
    file mkdir [file dirname $path]
    set file [open $path w]
    puts $file $text
    close $file
}
proc launch_runs {args} {
    lassign [stub::arguments $args {-to_step -jobs} {}] given rest
    if {$rest ne "impl_1" || [dict get $given -to_step] ne "write_bitstream"} { stub::fail "launch_runs $args" }
    if {[dict get $stub::project top] ne "overlay_wrapper"} { stub::fail "the top is not the wrapper" }
    foreach stage {wrapper generated} { stub::need $stage }
    stub::done launched
}
proc wait_on_run {run} {
    stub::need launched
    stub::write overlay.runs/impl_1/overlay_wrapper.bit "stub bitstream"
    stub::done ended
}
proc get_runs {run} {
    if {$run ne "impl_1"} { stub::fail "no run $run" }
    return run:$run
}
proc open_run {run} {
    get_runs $run
    stub::need ended
    stub::done opened
}
foreach command {report_utilization report_timing_summary report_power} {
    proc $command {args} {
        stub::need opened
        lassign [stub::arguments $args -file -hierarchical] given rest
        set file [open [dict get $given -file] w]
        puts $file "stub"
        close $file
    }
}
proc get_timing_paths {args} {
    stub::need opened
    stub::arguments $args -max_paths -setup
    return path:0
}
proc get_cells {args} {
    stub::need opened
    lassign [stub::arguments $args -filter {-hierarchical -quiet}] given rest
    if {![regexp {^REF_NAME =~ [A-Z0-9]+\*$} [dict get $given -filter]]} { stub::fail "get_cells $args" }
    return {cell:a cell:b}
}

# ---- running a script ------------------------------------------------------------------------------------------

proc stub::log {} {
    variable cells
    variable configs
    variable buses
    variable drivers
    variable addresses
    variable project
    if {![info exists ::env(CODESIGN_STUB_LOG)]} { return }
    set file [open $::env(CODESIGN_STUB_LOG) w]
    foreach {name value} $project { puts $file "project $name $value" }
    foreach {cell ip} $cells { puts $file "cell $cell $ip" }
    foreach {cell config} $configs {
        foreach {name value} $config { puts $file "config $cell $name $value" }
    }
    foreach {one two} $buses { puts $file "bus [string range $one 5 end] [string range $two 5 end]" }
    foreach {to from} $drivers { puts $file "net [string range $from 4 end] [string range $to 4 end]" }
    foreach {slave place} $addresses { puts $file "address [string range $slave 13 end] $place" }
    close $file
}
proc stub::main {words} {
    lassign [arguments $words {-mode -source} {-nolog -nojournal -version}] given rest
    if {[dict exists $given -version]} {
        puts "Vivado stub"
        return
    }
    uplevel #0 [list source [dict get $given -source]]
    log
}
if {[catch {stub::main $argv} message]} {
    puts stderr "ERROR: $message"
    exit 1
}
