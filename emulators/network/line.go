// Package network is the network between the parts of a system under test, where it
// loses, delays, repeats and reorders what is sent over it.
package network

import (
	"io"
	"net"
	"sync"
)

// Line is an address at which a server is reached, as long as the line is not cut. The
// server may be another one after that.
type Line struct {
	listener net.Listener

	mu     sync.Mutex
	target string // "" while connections are not let through
	conns  []net.Conn
}

// NewLine makes a line to a server, named as host:port. Close it.
func NewLine(target string) (*Line, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Line{listener: listener, target: target}
	go l.accept()
	return l, nil
}

// Host is the address, as host:port.
func (l *Line) Host() string { return l.listener.Addr().String() }

// Close ends the line with all connections.
func (l *Line) Close() {
	_ = l.listener.Close()
	l.Cut()
}

func (l *Line) accept() {
	for {
		conn, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.connect(conn)
	}
}

func (l *Line) connect(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, conn)
	if l.target == "" {
		return // open and silent
	}
	target, err := net.Dial("tcp", l.target)
	if err != nil {
		_ = conn.Close()
		return
	}
	l.conns = append(l.conns, target)
	pipe := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		_ = to.Close()
	}
	go pipe(target, conn)
	go pipe(conn, target)
}

// Cut ends all connections. New ones stay open and silent.
func (l *Line) Cut() { l.Mend("") }

// Mend ends all connections. New ones lead to a server.
func (l *Line) Mend(target string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.target = target
	for _, conn := range l.conns {
		_ = conn.Close()
	}
	l.conns = nil
}
