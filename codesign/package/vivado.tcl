# SPDX-License-Identifier: Apache-2.0
# Packages the accelerator as an IP, builds the overlay around it, and leaves overlay.bit, overlay.hwh and reports/
# beside this file. Vivado 2020.1 or later:
#     vivado -mode batch -source vivado.tcl
# All that depends on the design and on the board stands in settings.tcl.

set here [file dirname [file normalize [info script]]]
source [file join $here settings.tcl]
set work [file join $here build]
set reports [file join $here reports]

proc say {text} {
    puts "codesign: $text"
}

# ---- the accelerator as an IP ----------------------------------------------------------------------------------

proc package_accelerator {} {
    global here work part top sources memories inputs outputs
    say "packaging $top"
    create_project -force package [file join $work package] -part $part
    foreach name [concat $sources $memories] {
        add_files -norecurse [file normalize [file join $here $name]]
    }
    # $readmemh finds a file by its name once the project holds it as what it is
    foreach name $memories {
        set_property file_type {Memory Initialization Files} [get_files [file tail $name]]
    }
    set_property top $top [current_fileset]
    update_compile_order -fileset sources_1
    ipx::package_project -root_dir [file join $work ip] -vendor codesign -library user -taxonomy /UserIP -import_files
    set core [ipx::current_core]
    set_property name $top $core
    set_property version 1.0 $core
    set_property display_name $top $core
    check_interfaces $core
    ipx::create_xgui_files $core
    ipx::update_checksums $core
    ipx::check_integrity $core
    ipx::save_core $core
    close_project
}

# Inference goes by the names of ports; a stream that was not recognised would be lost without a word.
proc check_interfaces {core} {
    set wanted [list s_axi_ctrl]
    foreach port $::inputs { lappend wanted s_axis_[lindex $port 0] }
    foreach port $::outputs { lappend wanted m_axis_[lindex $port 0] }
    foreach name $wanted {
        if {[llength [ipx::get_bus_interfaces $name -of_objects $core]] == 0} {
            error "the packaged IP has no interface $name: was [lindex $::sources end] changed?"
        }
    }
}

# ---- the block design ------------------------------------------------------------------------------------------

proc installed_board_part {} {
    global target board_parts
    foreach pattern $board_parts {
        set found [lsort -dictionary [get_board_parts -quiet $pattern]]
        if {[llength $found] > 0} { return [lindex $found end] }
    }
    error "the board files of $target ([join $board_parts { or }]) are not installed; get them in Vivado by\
        Tools > Vivado Store > Boards, then run again"
}

proc newest_ip {name} {
    set found [get_ipdefs -all -filter "NAME == $name && UPGRADE_VERSIONS == \"\""]
    if {[llength $found] == 0} { error "the IP catalogue has no $name" }
    return [lindex $found end]
}

proc add_cell {name ip {config {}}} {
    set cell [create_bd_cell -type ip -vlnv [newest_ip $ip] $name]
    if {[llength $config] > 0} { set_property -dict $config $cell }
    return $cell
}

proc join_buses {from to} {
    connect_bd_intf_net [get_bd_intf_pins $from] [get_bd_intf_pins $to]
}

proc drive {from args} {
    foreach to $args { connect_bd_net [get_bd_pins $from] [get_bd_pins $to] }
}

proc add_processor {} {
    global processor automation processor_config
    set cell [add_cell processor $processor]
    apply_bd_automation -rule xilinx.com:bd_rule:$processor -config $automation $cell
    set_property -dict $processor_config $cell
    add_cell reset proc_sys_reset
    drive processor/$::processor_clock reset/slowest_sync_clk processor/$::control_clock processor/$::memory_clock
    drive processor/$::processor_reset reset/ext_reset_in
}

# One DMA for each pair of an input and an output port; what is left over gets a DMA of one direction. Its memory side
# is no wider than its stream: PYNQ wants buffers aligned to it, and the smartconnect widens it anyway.
proc add_dma {index} {
    global inputs outputs address_bits
    set config [list CONFIG.c_include_sg 0 CONFIG.c_sg_length_width 26 CONFIG.c_addr_width $address_bits]
    lappend config CONFIG.c_include_mm2s [expr {$index < [llength $inputs]}]
    lappend config CONFIG.c_include_s2mm [expr {$index < [llength $outputs]}]
    if {$index < [llength $inputs]} {
        set bits [lindex $inputs $index 1]
        lappend config CONFIG.c_m_axi_mm2s_data_width [expr {max(32, $bits)}]
        lappend config CONFIG.c_m_axis_mm2s_tdata_width $bits CONFIG.c_mm2s_burst_size 16
    }
    if {$index < [llength $outputs]} {
        set bits [lindex $outputs $index 1]
        lappend config CONFIG.c_m_axi_s2mm_data_width [expr {max(32, $bits)}]
        lappend config CONFIG.c_s_axis_s2mm_tdata_width $bits CONFIG.c_s2mm_burst_size 16
    }
    add_cell dma_$index axi_dma $config
    drive processor/$::processor_clock dma_$index/s_axi_lite_aclk
    drive reset/peripheral_aresetn dma_$index/axi_resetn
}

# Joins the streams of a DMA to the accelerator; returns its masters towards memory.
proc connect_streams {index} {
    global inputs outputs processor_clock
    set masters {}
    if {$index < [llength $inputs]} {
        join_buses dma_$index/M_AXIS_MM2S accelerator/s_axis_[lindex $inputs $index 0]
        drive processor/$processor_clock dma_$index/m_axi_mm2s_aclk
        lappend masters dma_$index/M_AXI_MM2S
    }
    if {$index < [llength $outputs]} {
        join_buses accelerator/m_axis_[lindex $outputs $index 0] dma_$index/S_AXIS_S2MM
        drive processor/$processor_clock dma_$index/m_axi_s2mm_aclk
        lappend masters dma_$index/M_AXI_S2MM
    }
    return $masters
}

proc connect_memory {masters} {
    global processor_clock memory
    add_cell memory smartconnect [list CONFIG.NUM_SI [llength $masters] CONFIG.NUM_MI 1 CONFIG.NUM_CLKS 1]
    drive processor/$processor_clock memory/aclk
    drive reset/interconnect_aresetn memory/aresetn
    for {set at 0} {$at < [llength $masters]} {incr at} {
        join_buses [lindex $masters $at] memory/[format S%02d_AXI $at]
    }
    join_buses memory/M00_AXI processor/$memory
}

proc connect_control {slaves} {
    global processor_clock control
    add_cell control axi_interconnect [list CONFIG.NUM_SI 1 CONFIG.NUM_MI [llength $slaves]]
    set sides [list {} S00_]
    for {set at 0} {$at < [llength $slaves]} {incr at} {
        set side [format M%02d_ $at]
        lappend sides $side
        join_buses control/${side}AXI [lindex $slaves $at]
    }
    foreach side $sides {
        drive processor/$processor_clock control/${side}ACLK
        drive reset/interconnect_aresetn control/${side}ARESETN
    }
    join_buses processor/$control control/S00_AXI
}

# Registers at fixed places, 64 KiB apart; the DMAs see what memory the processor has.
proc assign_addresses {slaves} {
    global control_base
    set offset $control_base
    foreach slave $slaves {
        set range [expr {[string match dma_* $slave] ? "64K" : "4K"}]
        assign_bd_address -offset [format 0x%08X $offset] -range $range \
            -target_address_space [get_bd_addr_spaces processor/Data] \
            [get_bd_addr_segs -of_objects [get_bd_intf_pins $slave]]
        incr offset 0x10000
    }
    assign_bd_address
}

proc build_design {} {
    global work part top inputs outputs processor_clock actual_mhz mhz
    say "building the block design"
    create_project -force overlay [file join $work overlay] -part $part
    set_property board_part [installed_board_part] [current_project]
    set_property ip_repo_paths [file join $work ip] [current_project]
    update_ip_catalog
    create_bd_design overlay
    add_processor
    add_cell accelerator $top
    drive processor/$processor_clock accelerator/aclk
    drive reset/peripheral_aresetn accelerator/aresetn
    set slaves [list accelerator/s_axi_ctrl]
    set masters {}
    set count [expr {max([llength $inputs], [llength $outputs])}]
    for {set index 0} {$index < $count} {incr index} {
        add_dma $index
        lappend slaves dma_$index/S_AXI_LITE
        lappend masters {*}[connect_streams $index]
    }
    connect_memory $masters
    connect_control $slaves
    assign_addresses $slaves
    validate_bd_design
    set mhz [get_property CONFIG.$actual_mhz [get_bd_cells processor]]
    save_bd_design
}

# ---- bitstream and reports -------------------------------------------------------------------------------------

proc implement {} {
    say "synthesising and implementing; this takes a while"
    set design [get_files overlay.bd]
    make_wrapper -files $design -top -import
    set_property top overlay_wrapper [current_fileset]
    generate_target all $design
    launch_runs impl_1 -to_step write_bitstream -jobs 4
    wait_on_run impl_1
    if {[get_property PROGRESS [get_runs impl_1]] ne "100%"} {
        error "implementation stopped ([get_property STATUS [get_runs impl_1]]); its log is runme.log in\
            [get_property DIRECTORY [get_runs impl_1]]"
    }
    open_run impl_1
}

proc count_cells {pattern} {
    return [llength [get_cells -hierarchical -quiet -filter "REF_NAME =~ $pattern"]]
}

# Writes what Vivado found; returns the slack of the slowest path in ns.
proc report {} {
    global reports clock_ns mhz
    file mkdir $reports
    report_utilization -hierarchical -file [file join $reports utilization.rpt]
    report_timing_summary -file [file join $reports timing.rpt]
    report_power -file [file join $reports power.rpt]
    set slack [get_property SLACK [lindex [get_timing_paths -setup -max_paths 1] 0]]
    set file [open [file join $reports vivado.json] w]
    puts $file "{\"vivado\": \"[version -short]\", \"part\": \"[get_property PART [current_project]]\","
    puts $file " \"clock_ns\": $clock_ns, \"actual_mhz\": $mhz, \"slack_ns\": $slack,"
    puts $file " \"lut_cells\": [count_cells LUT*], \"ff\": [count_cells FD*], \"dsp\": [count_cells DSP48E*],"
    puts $file " \"bram36\": [count_cells RAMB36E*], \"bram18\": [count_cells RAMB18E*],"
    puts $file " \"uram\": [count_cells URAM288*]}"
    close $file
    return $slack
}

# A bitstream that misses its clock computes wrong numbers now and then: it is not handed on.
proc collect {slack} {
    global here work clock_ns
    if {$slack < 0} {
        error "the clock of $clock_ns ns is missed by [expr {-$slack}] ns (reports/timing.rpt);\
            export again with --clock-ns [format %.1f [expr {$clock_ns - $slack + 0.05}]]"
    }
    set handoff [glob -nocomplain -directory [file join $work overlay] \
        overlay.{gen,srcs}/sources_1/bd/overlay/hw_handoff/overlay.hwh]
    if {[llength $handoff] == 0} { error "Vivado wrote no overlay.hwh" }
    set bitstream [file join [get_property DIRECTORY [get_runs impl_1]] overlay_wrapper.bit]
    file copy -force $bitstream [file join $here overlay.bit]
    file copy -force [lindex $handoff 0] [file join $here overlay.hwh]
    say "overlay.bit and overlay.hwh are ready"
}

package_accelerator
build_design
implement
collect [report]
close_project
