package sqlite

import (
	"fmt"

	"zombiezen.com/go/sqlite"
)

// exec runs a cached statement that gives no rows.
func exec(conn *sqlite.Conn, query string, args ...any) error {
	return each(conn, query, args, func(*sqlite.Stmt) error { return nil })
}

// each runs a cached statement and calls f with each row.
func each(conn *sqlite.Conn, query string, args []any, f func(row *sqlite.Stmt) error) error {
	stmt, err := conn.Prepare(query)
	if err != nil {
		return err
	}
	bind(stmt, args)
	for {
		row, err := stmt.Step()
		if err == nil && row {
			err = f(stmt)
		}
		if err != nil {
			stmt.Reset() // repeats the error of Step, and has none of its own
			return err
		}
		if !row {
			return stmt.Reset()
		}
	}
}

func bind(stmt *sqlite.Stmt, args []any) {
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			stmt.BindText(i+1, v)
		case int64:
			stmt.BindInt64(i+1, v)
		case int:
			stmt.BindInt64(i+1, int64(v))
		case []byte:
			stmt.BindBytes(i+1, v)
		case nil:
			stmt.BindNull(i + 1)
		default:
			panic(fmt.Sprintf("cannot bind a %T", arg))
		}
	}
}

func columnBytes(row *sqlite.Stmt, column int) []byte {
	data := make([]byte, row.ColumnLen(column))
	row.ColumnBytes(column, data)
	return data
}
