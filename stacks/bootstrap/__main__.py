from kampkin.targets.bootstrap import program

program()
