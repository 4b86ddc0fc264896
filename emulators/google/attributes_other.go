//go:build !linux

package google

import "syscall"

// attributes make a process lead a group. Other kernels than Linux do not end it when
// its parent is killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
