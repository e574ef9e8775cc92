// Package dynamo keeps tasks, jobs, slots and counts in one DynamoDB table: the
// AWS side of what SQLite is on one machine.
//
// Every access is by key; nothing scans. Every read but a ping is consistent, those
// of indexes too, since they are local ones: a job that was just saved is seen by the
// next who looks for waiting jobs. With global indexes it would be seen some time
// later, and a job that came alone would wait for the janitor's next round.
//
//	row          PK                   SK                  index: attribute
//	task         O#<owner>            T#<id>              active: SK again, while listed and not over;
//	                                                      U#<id> while it is loose, see package search;
//	                                                      #<status> behind it while no mark counts that
//	job          J#<0…3>, by task     <owner>#<task>#<n>  due: next_at, while set
//	                                                      waiting: <owner>#<model>#<created_at>#<task>#<n>
//	step         X#<0…3>, by task     <owner>#<id>#<n>    due: next_at, of a task to be indexed or a record
//	term         W#<owner>#<term>     <id>
//	count        C#<owner>            <mark>
//	slots        SLOTS                -
//	record       R#<owner>#<kind>     R#<id>
//	usage        USAGE                <owner>
//	idempotency  I#<owner>#<sha256>   -                   expires
//	spend        SPEND#<day>          -                   expires
//	API key      KEYS                 K#<id>
//	rate bucket  B#<bucket>           -                   expires
//
// The indexes hold keys only and are sparse: a row is in one while it has the
// attribute. A "#" or "%" in a field of a key is escaped. Times are nanoseconds since
// 1970 as numbers, zero values are left out. Rows of 1 KB and less, which most are,
// take these request units; a prompt of 800 Chinese characters adds 2 KB to its task's
// row. A transaction takes two for each row, a row that enters, leaves or moves in an
// index one or, for a move, two more.
//
//	access                        requests                units
//	create, of j jobs             1 TransactWriteItems    write 2·(4+j), and 2+j for indexes
//	  used key: what it made      3                       as create, and read 2
//	task, job, slots              1 GetItem               read 1
//	tasks, n of them              1 BatchGetItem per 100  read n
//	jobs of a task                1 Query                 read 1
//	save one job (a poll)         1 PutItem               write 1, and 2 for the due index
//	save task, job, slots         1 TransactWriteItems    write 6, and 2 for indexes
//	put a task into the index     1 GetItem, 1 BatchWriteItem per 25 terms, 1 TransactWriteItems
//	                                                      read 1; write 1 per term, 2 per mark, 4, and 3 for indexes:
//	                                                      about 90 for a prompt of 25 words or 45 characters
//	change a mark                 in the transaction of the row; write 2, and 2 where it is counted
//	due, up to 1,000              8 Query, at once        read 8, and 1 per 50 found
//	heads of the waiting jobs     4 Query, at once        read 4, and more where many wait
//	list, a page of 20            1 Query                 read 1 per 4 KB: about 3
//	  by words or filters         2 and more Query, BatchGetItem: read 2, 1 per 64 keys of the index, and
//	                                                      1 per task; it ends at 20 and goes on
//	counts                        1 Query                 read 1, and 1 per 60 marks
//	  of those without a mark     1 Query                 read 1 per 40 tasks that run or are new, up to 1,000
//	usage                         1 Query                 read 1, and 1 per 80 owners
//	API key                       1 GetItem               read 1
//	API keys                      1 Query                 read 1, and 1 per 25 keys
//	add, revoke an API key        1 PutItem, UpdateItem   write 1
//	count a request               1 UpdateItem            write 1
//	  of a caller in a hurry      2 UpdateItem            write 2
//	ping                          1 GetItem               read 0.5
//
// One picture without a hitch (submit, index, grant, begin, two polls, collect) takes
// 135 write and 31 read units in 44 requests, and a dozen write units more for what
// transactions write to indexes. Two thirds are the words of its prompt, of 46 Chinese
// characters here: a row each, so that no two writers ever meet in one. Its removal
// takes 97.
//
// A request to the api reads a key and counts itself: a read and a write unit more.
//
// What it cannot do: rows with the same PK take 10 GB at most, since there are local
// indexes, which is four million tasks of one owner, or sixteen million jobs of a
// shard; and they take 1,000 write units a second, which is 30 jobs a second of a
// shard. A row takes 400 KB; DynamoDB refuses more in words, and none comes near it.
// The indexes are made with the table and cannot be added later.
//
// A transaction that met another is tried again for about two seconds, and is then a
// conflict: whoever made it reads again and decides anew.
package dynamo
